"""Hides what identifies a person, in records and in schemas, as `personal_data` asks.

Records are JSON and stay JSON. The objects in a record are looked at one by one, as text: the same
member comes in thousands of records, and its text is replaced by what replaced it before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Final, Literal

import msgspec
from msgspec import UNSET, Raw, UnsetType

from source_circle_events.config import Config
from source_circle_events.errors import system_error
from source_circle_events.privacy.hiding import SHORT, Hiding, remember
from source_circle_events.privacy.markers import PERSONAL, SOMETIMES
from source_circle_events.schemas.documents import STREAMS, JsonSchema, resolved
from source_circle_events.schemas.inference import merged

Mode = Literal["keep", "hash", "drop"]

_LUCK: Final = 10
"""When so many more rows of a page are undocumented than documented, no more are tried as documented."""


class PersonalData:
    """Applies one mode to records and schemas; threads may share it."""

    def __init__(self, mode: Mode, hash_key: str = "") -> None:
        """ValueError without a `hash_key` to hash with: anyone could compute the hashes."""
        if mode == "hash" and not hash_key:
            raise ValueError("personal_data: hash needs a hash_key")
        self.mode: Final = mode
        self._hiding = Hiding(hash_key if mode == "hash" else None)
        record, self._objects = _documented()
        self._decode: Callable[[bytes], Any] = msgspec.json.Decoder(record).decode
        self._encode: Final = msgspec.json.Encoder().encode
        self._changed: dict[tuple[str, bytes], Raw] = {}
        self._unchanged: dict[tuple[str, bytes], None] = {}

    def apply(self, rows: Sequence[bytes]) -> Sequence[bytes]:
        """`rows`, each a JSON object, with what is personal in them hashed or dropped.

        `keep` returns `rows` itself; a row with nothing to hide leaves as it came. In the others, what
        is not hidden keeps its digits.
        """
        if self.mode == "keep":
            return rows
        out, luck = [], _LUCK
        for row in map(bytes, rows):
            try:
                hidden = self._as_documented(row) if luck > 0 else None
                luck += 1 if hidden else -1
                out.append(hidden or self._hiding.in_json(row, None))
            except RecursionError:
                raise system_error(
                    "Circle sent a record with hundreds of objects inside each other, in which "
                    'personal data cannot be looked for. With "personal_data" set to "keep" it can be '
                    "read: please report it."
                ) from None
        return out

    def _as_documented(self, row: bytes) -> bytes | None:
        """Looks at the objects in `row` alone; None if it is not made as documented."""
        try:
            record = self._decode(row)
        except msgspec.DecodeError:
            return None
        changed = False
        for name in self._objects:
            value = getattr(record, name)
            if value.__class__ is dict:
                # With a `type` it is a model itself, whose fields may be personal.
                if "type" in value or self._hiding.shape(value, name).personal:
                    return None
                for key, inner in value.items():
                    if hidden := self._hidden_before(bytes(inner), key):
                        value[key] = hidden
                        changed = True
            elif value.__class__ is Raw and (hidden := self._hidden_before(bytes(value), name)):
                setattr(record, name, hidden)
                changed = True
        out = self._encode(record)
        if changed:
            return out
        return row if len(out) == len(row) else None  # blanks, or a key that comes twice

    def _hidden_before(self, text: bytes, under: str) -> Raw | None:
        """What takes the place of `text`, which lies under the key `under`; None if it may stay."""
        hidden = self._changed.get((under, text))
        if hidden is None and (under, text) not in self._unchanged:
            out = self._hiding.in_json(text, under)
            if out is not text:
                hidden = Raw(out)
            if len(text) < SHORT and hidden:
                remember(self._changed, (under, text), hidden)
            elif len(text) < SHORT:
                remember(self._unchanged, (under, text), None)
        return hidden

    def schema(self, schema: JsonSchema) -> JsonSchema:
        """The schema of records that `apply` has changed."""
        if self.mode == "keep":
            return schema
        personal = schema.get(PERSONAL)
        if personal is True:
            words = f"{schema.get('description', 'Personal data')} (keyed SHA-256)"
            return {"type": ["null", "string"], "description": words, PERSONAL: True}
        drop = self.mode == "drop"
        out = dict(schema)
        if personal == SOMETIMES and not drop:
            out["type"] = merged({"type": schema["type"]}, {"type": ["string"]})["type"]
            out.pop("format", None)
        if "properties" in schema:
            out["properties"] = {
                name: self.schema(field)
                for name, field in schema["properties"].items()
                if not (drop and field.get(PERSONAL) is True)
            }
        if "items" in schema:
            out["items"] = self.schema(schema["items"])
        return out


@cache
def _documented() -> tuple[type, tuple[str, ...]]:
    """A structure with the documented fields of the records of all streams, each left as text, and
    the names of those in which objects lie."""
    fields: dict[str, Any] = {}
    objects: dict[str, None] = {}
    for stream in STREAMS:
        for name, field in resolved(stream)["properties"].items():
            # An object without documented keys holds an object under each.
            holds = field.get("properties") == {}
            fields[name] = dict[str, Raw] | UnsetType | None if holds else Raw | UnsetType
            if "properties" in field:
                objects[name] = None
    defined = [(name, kind, UNSET) for name, kind in fields.items()]
    record = msgspec.defstruct("Record", defined, forbid_unknown_fields=True, gc=False)
    return record, tuple(objects)


def personal_data(config: Config) -> PersonalData:
    """The mode a user chose."""
    return PersonalData(config.personal_data, config.hash_key)
