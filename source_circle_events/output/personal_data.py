"""Hides personal data in records, schemas and log lines, by the setting `personal_data`.

Objects are decoded one level at a time, and values that are not hidden keep their exact JSON text, such
as 1.50 or 1e999. The same member is in thousands of records, so the results for objects that contain no
other object are cached.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import msgspec
from msgspec import Raw

from source_circle_events.config import Mode
from source_circle_events.schemas.personal_field_rules import (
    PERSONAL,
    personal_fields,
    replace_addresses,
)
from source_circle_events.schemas.schema_files import JsonSchema

_NESTED: Final = b"{["
_OBJECT: Final = _NESTED[0]
_STRING: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"')
_decode: Final = msgspec.json.Decoder().decode
_fields: Final = msgspec.json.Decoder(dict[str, Raw]).decode
_items: Final = msgspec.json.Decoder(list[Raw]).decode
_encode: Final = msgspec.json.Encoder().encode

# An entry takes about 1.5 kB, so a full cache takes 15 MB.
CACHED_OBJECTS: Final = 10_000
_MAX_CACHED_LENGTH: Final = 500
"""Bytes; longer objects are not cached, which limits the cache's memory."""


class PersonalData:
    """Hides personal data by one mode (keep, hash or drop). Thread-safe."""

    def __init__(self, mode: Mode, hash_key: str = "") -> None:
        self.mode: Final = mode
        # Keyed, because anyone could hash a list of addresses and compare. Copying this object for
        # each hash takes half the time of `hmac.digest`.
        key = hash_key.encode("utf-8", "backslashreplace")
        self._keyed = hmac.new(key, digestmod="sha256")
        self._cached = lru_cache(CACHED_OBJECTS)(self._object)

    def apply(self, rows: Sequence[bytes]) -> Sequence[bytes]:
        """Returns records as JSON texts, with personal fields and e-mail addresses hashed or dropped.

        With `keep`, returns `rows` itself. Strings are hashed as they are, other values as JSON. Null
        and "" stay, since their hash would look like a person. If a key is repeated, the last value
        is kept.
        """
        if self.mode == "keep":
            return rows
        return [self._without_addresses(self._object(row, None)) for row in rows]

    def text(self, text: str) -> str:
        """Returns `text` with e-mail addresses hashed or dropped; unchanged with `keep`."""
        return text if self.mode == "keep" else replace_addresses(text, self._address)

    def schema(self, schema: JsonSchema) -> JsonSchema:
        """Returns the documented `schema` changed to describe the records that `apply` returns."""
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
        """Returns the JSON object `text` with its personal fields hashed or dropped.

        `under`: the key of the object in its parent; None for a record."""
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
        """Returns the JSON value `text` with the personal fields inside it hashed or dropped."""
        if text[0] == _OBJECT:
            alone = len(text) < _MAX_CACHED_LENGTH and text.rfind(b"{") == 0
            return Raw(self._cached(text, under) if alone else self._object(text, under))
        if text[0] in _NESTED:
            return Raw(_encode([self._value(bytes(item), under) for item in _items(text)]))
        return Raw(text)

    def _without_addresses(self, row: bytes) -> bytes:
        """Returns the JSON `row` with the e-mail addresses in all its strings hashed or dropped."""
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
