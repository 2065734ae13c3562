"""Hides what identifies a person, as `personal_data` asks: in records, schemas and log lines.

Records are JSON and stay JSON: an object is decoded one level deep, and a value that is not hidden
leaves as the text it came as, 1.50 and 1e999 too. The same member comes in thousands of records, so
results for objects without others in them are cached.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, Literal

import msgspec
from msgspec import Raw

from source_circle_events.errors import system_error
from source_circle_events.schemas.personal import (
    PERSONAL,
    personal_fields,
    replace_addresses,
)
from source_circle_events.schemas.schema_files import JsonSchema

Mode = Literal["keep", "hash", "drop"]

_NESTED: Final = b"{["
_OBJECT: Final = _NESTED[0]
_STRING: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"')
_decode: Final = msgspec.json.Decoder().decode
_fields: Final = msgspec.json.Decoder(dict[str, Raw]).decode
_items: Final = msgspec.json.Decoder(list[Raw]).decode
_encode: Final = msgspec.json.Encoder().encode

# An entry takes about 1.5 kB, so the cache takes 15 MB.
CACHED_OBJECTS: Final = 10_000
_MAX_CACHED_LENGTH: Final = 500
"""Longer texts are not cached, so that the cache's memory has a bound."""


class PersonalData:
    """Applies one mode; threads may share it."""

    def __init__(self, mode: Mode, hash_key: str = "") -> None:
        self.mode: Final = mode
        # With a key, because anyone can hash a list of addresses and compare. A copy of the keyed
        # state costs half of what `hmac.digest` does.
        key = hash_key.encode("utf-8", "backslashreplace")
        self._keyed = hmac.new(key, digestmod="sha256")
        self._cached = lru_cache(CACHED_OBJECTS)(self._object)

    def apply(self, rows: Sequence[bytes]) -> Sequence[bytes]:
        """`rows`, each a JSON object, with personal fields and addresses hashed or dropped; with
        `keep`, `rows` itself.

        A text is hashed as it is, any other value by its JSON. Null and the empty text stay, since a
        hash of them would look like a person. Of a key that comes twice, the last value is kept.
        """
        if self.mode == "keep":
            return rows
        try:
            return [self._without_addresses(self._object(row, None)) for row in rows]
        except RecursionError:
            raise system_error(
                "Circle sent a record with hundreds of objects inside each other, in which "
                'personal data cannot be looked for. Leave out its event type in "event_types", or '
                'set "personal_data" to "keep", which emits personal data as it is.'
            ) from None

    def text(self, text: str) -> str:
        """`text`, of a record or of a log line about one, without addresses."""
        return text if self.mode == "keep" else replace_addresses(text, self._address)

    def schema(self, schema: JsonSchema) -> JsonSchema:
        """The documented `schema` for records that `apply` has changed."""
        if self.mode == "keep" or "properties" not in schema:
            return schema
        fields = {}
        for name, field in schema["properties"].items():
            if PERSONAL not in field:
                fields[name] = self.schema(field)
            elif self.mode == "hash":
                words = f"{field['description']} (keyed SHA-256)"
                fields[name] = {"type": ["null", "string"], "description": words, PERSONAL: True}
        return schema | {"properties": fields}

    def _object(self, text: bytes, under: str | None) -> bytes:
        """The object `text` without its personal fields; it lies under the key `under`, or is a
        record (None)."""
        fields = _fields(text)
        kind = fields.get("type")
        personal, addressed = personal_fields(tuple(fields), kind and _decode(kind), under)
        for name in personal:
            if self.mode == "hash":
                fields[name] = Raw(_encode(self._hashed(_decode(fields[name]))))
            else:
                del fields[name]
        for name, value in fields.items():
            text = bytes(value)
            if text[0] in _NESTED:
                fields[name] = self._value(text, name)
        for name in addressed:
            if self.mode == "hash":
                fields[self.text(name)] = fields[name]
            fields.pop(name, None)
        return _encode(fields)

    def _value(self, text: bytes, under: str) -> Raw:
        """Any value without the personal fields in it."""
        if text[0] == _OBJECT:
            alone = len(text) < _MAX_CACHED_LENGTH and text.rfind(b"{") == 0
            return Raw(self._cached(text, under) if alone else self._object(text, under))
        if text[0] in _NESTED:
            return Raw(_encode([self._value(bytes(item), under) for item in _items(text)]))
        return Raw(text)

    def _without_addresses(self, row: bytes) -> bytes:
        """The JSON `row` with the addresses in all its texts replaced."""
        if b"@" in row or b"%" in row or b"&" in row or b"\\" in row:
            return _STRING.sub(self._string, row)
        return row

    def _string(self, found: re.Match[bytes]) -> bytes:
        text = _decode(found[0])
        hidden = self.text(text)
        return found[0] if hidden == text else _encode(hidden)

    def _hashed(self, value: object) -> object:
        if value is None or value == "":
            return value
        keyed = self._keyed.copy()
        keyed.update(
            (value if isinstance(value, str) else json.dumps(value, sort_keys=True)).encode()
        )
        return keyed.hexdigest()

    def _address(self, address: str) -> str:
        return "[dropped]" if self.mode == "drop" else str(self._hashed(address))
