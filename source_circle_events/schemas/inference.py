"""Widens a schema until given records fit: what discover adds to the documents.

Widening only ever lets more in, so that nothing documented is lost by an unlucky sample. The result
depends on the set of records alone, not on their order: two discovers that see the same shapes
answer with the same bytes, and the platform reports no schema change.

Types that do not fit together become a list of types with `string` in it. A list is the one form
that every one of the records satisfies; destinations that cannot store it fall back to text, which
can hold them all, where a list without `string` makes some of them choose a number and null the
rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any, Final

from source_circle_events.privacy.markers import PERSONAL, SOMETIMES, markers
from source_circle_events.schemas.documents import JsonSchema, model, model_names

_INT64: Final = 2**63
_ANYTHING: Final = ("null", "array", "boolean", "number", "object", "string")
_SEPARATOR: Final = " / "
_FORMATS: Final = {
    "date-time": re.compile(
        r"(?!0000)\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?"
        r"(Z|[+-]([01]\d|2[0-3]):[0-5]\d)",
        re.ASCII,
    ),
    "uuid": re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
    "email": re.compile(r"[^@\s]+@[^@\s]+"),
}
"""What a text of a format looks like, as strictly as a warehouse reads it."""


def learned(schema: JsonSchema, records: Iterable[Mapping[str, Any]]) -> JsonSchema:
    """`schema`, untouched, as wide as `records` need it."""
    wide = deepcopy(schema) | {"type": []}
    for record in records:
        wide = _widened_object(wide, record, None)
    # A record, unlike any object in it, is never null.
    return _arranged(wide, schema, depth=0) | {"type": "object"}


def merged(one: JsonSchema, other: JsonSchema) -> JsonSchema:
    """A schema that takes what either takes; which comes first changes nothing but the order."""
    both = retyped(other | one, *other["type"])
    for words in ("title", "description"):
        if words in one and words in other:
            said = {*one[words].split(_SEPARATOR), *other[words].split(_SEPARATOR)}
            both[words] = _SEPARATOR.join(sorted(said))
    both_text = "string" in one["type"] and "string" in other["type"]
    if both_text and one.get("format") != other.get("format"):
        both.pop("format", None)
    if one.get(PERSONAL) != other.get(PERSONAL):
        both[PERSONAL] = SOMETIMES
    if "properties" in one and "properties" in other:
        both["properties"] = other["properties"] | {
            key: merged(field, other["properties"][key]) if key in other["properties"] else field
            for key, field in one["properties"].items()
        }
    if "items" in one and "items" in other:
        both["items"] = merged(one["items"], other["items"])
    return both


def retyped(schema: JsonSchema, *types: str) -> JsonSchema:
    """A copy of `schema` that takes `types` too, always null, and text where types differ."""
    every = {*schema.get("type", ()), *types} - {"null"}
    if "number" in every:
        every.discard("integer")
    wide = schema | {"type": ["null", *sorted(every | ({"string"} if len(every) > 1 else set()))]}
    if len(every) > 1:
        wide.pop("format", None)
    return wide


def _widened(schema: JsonSchema, value: object, key: str) -> JsonSchema:
    """`schema` made to accept `value`, found under `key`; `{}` when nothing is known of the key."""
    if isinstance(value, Mapping):
        return _widened_object(schema, value, key)
    if isinstance(value, list):
        wide = retyped(schema, "array")
        for item in value:
            wide["items"] = _widened(wide.get("items", {}), item, key)
        return wide
    if isinstance(value, str):
        return _widened_text(schema, value, key)
    if value is None:
        return retyped(schema)
    if isinstance(value, bool):
        return retyped(schema, "boolean")
    # A warehouse's integer has 64 bits; what does not fit is a number there.
    small = isinstance(value, int) and -_INT64 <= value < _INT64
    return retyped(schema, "integer" if small else "number")


def _widened_object(schema: JsonSchema, value: Mapping[str, Any], key: str | None) -> JsonSchema:
    wide: JsonSchema = {"additionalProperties": True, "properties": {}, **retyped(schema, "object")}
    wide.pop(PERSONAL, None)
    kind = value.get("type")
    if key is not None and isinstance(kind, str) and kind in model_names():
        wide = merged(wide, model(kind))
    marked = markers().of_object(value, kind, key).marked
    fields = dict(wide["properties"])
    for name, inner in value.items():
        personal = name in marked
        before = fields[name].get(PERSONAL, False) if name in fields else personal
        fields[name] = _widened(fields.get(name, {}), inner, name)
        fields[name].pop(PERSONAL, None)
        if personal or before:
            fields[name][PERSONAL] = before if personal and before else SOMETIMES
    return wide | {"properties": fields}


def _widened_text(schema: JsonSchema, value: str, key: str) -> JsonSchema:
    """Text keeps a format only as long as every value has it.

    A format that nobody documented is learnt for one case, a point in time under a name that ends
    in `_at`, as Rails names every such column. Any other guess would only hold until the first
    value that breaks it, and then a destination rejects the row or blanks the field.
    """
    if "string" not in schema.get("type", ()):
        dated = key.endswith("_at") and _FORMATS["date-time"].fullmatch(value)
        return retyped(schema | ({"format": "date-time"} if dated else {}), "string")
    wide = schema.copy()
    if "format" in schema and not _FORMATS[schema["format"]].fullmatch(value):
        del wide["format"]
    return wide


def _arranged(schema: JsonSchema, documented: JsonSchema, *, depth: int) -> JsonSchema:
    """The same schema with documented fields first, as documented, and learnt ones by name.

    A field that was null in every record gets its types here: a column of its own is text, which
    holds anything; deeper down, where destinations keep JSON, it is anything.
    """
    out = {word: schema[word] for word in sorted(schema)}
    if schema["type"] == ["null"]:
        out["type"] = ["null", "string"] if depth == 1 else list(_ANYTHING)
    if "properties" in schema:
        known = documented.get("properties", {})
        out["properties"] = {
            name: _arranged(schema["properties"][name], known.get(name, {}), depth=depth + 1)
            for name in [*known, *sorted(schema["properties"].keys() - known.keys())]
        }
    if "items" in schema:
        out["items"] = _arranged(schema["items"], documented.get("items", {}), depth=depth + 1)
    return out
