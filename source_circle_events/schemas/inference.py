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
from typing import Any, Final

from source_circle_events.privacy.markers import PERSONAL, SOMETIMES, markers
from source_circle_events.schemas.documents import JsonSchema, model, model_names

_INT64: Final = 2**63
_TYPES: Final = {type(None): (), bool: ("boolean",), str: ("string",), list: ("array",)}
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
    wide = schema | {"type": []}
    for record in records:
        wide = merged(wide, _seen(record, None, wide))
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


def _seen(value: object, key: str | None, known: JsonSchema) -> JsonSchema:
    """The schema of one `value`, found under `key`, of which `known` is known so far."""
    if isinstance(value, Mapping):
        return _seen_object(value, key, known.get("properties", {}))
    # A warehouse's integer has 64 bits; what does not fit is a number there.
    small = isinstance(value, int) and -_INT64 <= value < _INT64
    seen = retyped({}, *_TYPES.get(type(value), ("integer" if small else "number",)))
    if isinstance(value, list):
        for item in value:
            one = _seen(item, key, known.get("items", {}))
            seen["items"] = merged(seen["items"], one) if "items" in seen else one
    elif isinstance(value, str):
        # Text keeps a format only as long as every value has it. One that nobody documented is learnt
        # for a point in time under a name that ends in `_at`, as Rails names every such column: any
        # other guess would only hold until the first value that breaks it, and then a destination
        # rejects the row or blanks the field.
        new = "string" not in known.get("type", ())
        claimed = "date-time" if new and (key or "").endswith("_at") else known.get("format")
        if claimed and _FORMATS[claimed].fullmatch(value):
            seen["format"] = claimed
    return seen


def _seen_object(value: Mapping[str, Any], key: str | None, known: JsonSchema) -> JsonSchema:
    base: JsonSchema = {"type": ["null", "object"], "additionalProperties": True, "properties": {}}
    kind = value.get("type")
    if key is not None and isinstance(kind, str) and kind in model_names():
        base = model(kind)
    known = known | base["properties"]
    marked = markers().of_object(value, kind, key).marked
    fields = {name: _seen(inner, name, known.get(name, {})) for name, inner in value.items()}
    for name in marked & fields.keys():
        fields[name][PERSONAL] = True
    return merged(base, {"type": base["type"], "properties": fields})


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
