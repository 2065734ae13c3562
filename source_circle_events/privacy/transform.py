"""Hides what identifies a person, in records and in schemas, as `personal_data` asks.

Records are JSON and stay JSON. The objects in a record are looked at one by one, as text: the same
member comes in thousands of records, and its text is replaced by what replaced it before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from typing import Any, Final, Literal

import msgspec
from msgspec import UNSET, Raw, UnsetType

from source_circle_events.config import Config
from source_circle_events.errors import system_error
from source_circle_events.privacy.hiding import REMEMBERED, SHORT, Hiding, to_hide
from source_circle_events.privacy.markers import PERSONAL, SOMETIMES
from source_circle_events.schemas.documents import STREAMS, JsonSchema, resolved
from source_circle_events.schemas.inference import retyped

Mode = Literal["keep", "hash", "drop"]


class PersonalData:
    """Applies one mode to records and schemas; threads may share it."""

    def __init__(self, mode: Mode, hash_key: str = "") -> None:
        self.mode: Final = mode
        self._hiding = Hiding(hash_key if mode == "hash" else None)
        record, self._objects = _documented()
        self._decode: Callable[[bytes], Any] = msgspec.json.Decoder(record).decode
        self._encode: Final = msgspec.json.Encoder().encode
        self._remembered = lru_cache(REMEMBERED)(self._hidden)

    def apply(self, rows: Sequence[bytes]) -> Sequence[bytes]:
        """`rows`, each a JSON object as `page_of` finds them, with what is personal hashed or dropped;
        `keep` returns `rows` itself."""
        if self.mode == "keep":
            return rows
        try:
            return [self._as_documented(row) or self._hiding.in_json(row, None) for row in rows]
        except RecursionError:
            raise system_error(
                "Circle sent a record with hundreds of objects inside each other, in which "
                'personal data cannot be looked for. With "personal_data" set to "keep" it can be '
                "read: please report it."
            ) from None

    def _as_documented(self, row: bytes) -> bytes | None:
        """Looks at the objects in `row` alone; None if it is not made as documented."""
        try:
            record = self._decode(row)
        except msgspec.DecodeError:
            return None
        for name in self._objects:
            value = getattr(record, name)
            if value.__class__ is dict:
                # With a `type` it is a model itself, whose fields may be personal.
                if "type" in value or to_hide(value, name)[0]:
                    return None
                for key, inner in value.items():
                    text = bytes(inner)
                    hide = self._remembered if len(text) < SHORT else self._hidden
                    value[key] = hide(text, key)
            elif value.__class__ is Raw:
                text = bytes(value)
                hide = self._remembered if len(text) < SHORT else self._hidden
                setattr(record, name, hide(text, name))
        return self._encode(record)

    def _hidden(self, text: bytes, under: str) -> Raw:
        """What takes the place of `text`, which lies under the key `under`."""
        return Raw(self._hiding.in_json(text, under))

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
            out = retyped(schema, "string")
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
