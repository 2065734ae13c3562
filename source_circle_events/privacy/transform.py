"""Hides what identifies a person, in records and in schemas, as `personal_data` asks.

Records are JSON and stay JSON: an object is decoded one level deep, and what is not hidden in it leaves
as the text it came as, 1.50 and 1e999 too. The same member comes in thousands of records, so the text of
an object without others in it is replaced by what replaced it before.
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

from source_circle_events.config import Config
from source_circle_events.errors import system_error
from source_circle_events.privacy.markers import PERSONAL, SOMETIMES, to_hide
from source_circle_events.schemas.documents import JsonSchema
from source_circle_events.schemas.inference import retyped

Mode = Literal["keep", "hash", "drop"]

# An address inside a text nobody documented, such as a link with a parameter (where @ is %40). It can
# only begin where a run of its characters begins: to try every place in a long run takes for ever.
_PART: Final = r"[^\s@<>\"'=&?/,;:()\[\]]"
_EMAIL: Final = re.compile(rf"(?<!{_PART}){_PART}+(?:@|%40){_PART}+")

_OBJECT, _LIST, _TEXT = b'{["'
_decode: Final = msgspec.json.Decoder().decode
_fields: Final = msgspec.json.Decoder(dict[str, Raw]).decode
_items: Final = msgspec.json.Decoder(list[Raw]).decode
_encode: Final = msgspec.json.Encoder().encode

# What is remembered takes about 1.5 kB an entry, so 15 MB.
REMEMBERED: Final = 10_000
_SHORT: Final = 500
"""Characters of what is remembered; longer texts are not, or memory would have no bound."""


class PersonalData:
    """Applies one mode to records and schemas; threads may share it."""

    def __init__(self, mode: Mode, hash_key: str = "") -> None:
        self.mode: Final = mode
        # Keyed, because the plain hash of an address is found by hashing a list of addresses. A copy
        # of the keyed state costs half of what `hmac.digest` does.
        key = hash_key.encode("utf-8", "backslashreplace")
        self._keyed = hmac.new(key, digestmod="sha256")
        self._remembered = lru_cache(REMEMBERED)(self._object)

    def apply(self, rows: Sequence[bytes]) -> Sequence[bytes]:
        """`rows`, each a JSON object as `page_of` finds them, with what is personal hashed or dropped;
        `keep` returns `rows` itself.

        A personal text is hashed as it is, any other value by its JSON; null and the empty text stay,
        since a hash of them would look like a person. An e-mail address inside any undocumented text is
        replaced too. What leaves is what was looked at: of a key that comes twice, the last value.
        """
        if self.mode == "keep":
            return rows
        try:
            return [self._object(row, None) for row in rows]
        except RecursionError:
            raise system_error(
                "Circle sent a record with hundreds of objects inside each other, in which "
                'personal data cannot be looked for. With "personal_data" set to "keep" it can be '
                "read: please report it."
            ) from None

    def _object(self, text: bytes, under: str | None) -> Raw:
        """The object `text` with what is personal hidden; it lies under the key `under`, or is a record
        (None)."""
        fields = _fields(text)
        kind = fields.get("type")
        personal, others = to_hide(fields, kind and _decode(kind), under)
        for name in personal:
            if self.mode == "drop":
                del fields[name]
            else:
                fields[name] = Raw(_encode(self._hashed(_decode(fields[name]))))
        for name in others:
            fields[name] = self._value(bytes(fields[name]), name)
        return Raw(_encode(fields))

    def _value(self, text: bytes, under: str) -> Raw:
        """The same for any value that is not personal itself."""
        first = text[0]
        if first == _OBJECT:
            alone = len(text) < _SHORT and text.rfind(b"{") == 0
            return self._remembered(text, under) if alone else self._object(text, under)
        if first == _LIST:
            return Raw(_encode([self._value(bytes(item), under) for item in _items(text)]))
        if first == _TEXT:
            words = _decode(text)
            if "@" in words or "%40" in words:
                return Raw(_encode(_EMAIL.sub(self._address, words)))
        return Raw(text)

    def _hashed(self, value: object) -> object:
        if value is None or value == "":
            return value
        keyed = self._keyed.copy()
        keyed.update(
            (value if isinstance(value, str) else json.dumps(value, sort_keys=True)).encode()
        )
        return keyed.hexdigest()

    def _address(self, found: re.Match[str]) -> str:
        return "[dropped]" if self.mode == "drop" else str(self._hashed(found[0]))

    def text(self, text: str) -> str:
        """`text`, for example of a log line, without addresses."""
        return text if self.mode == "keep" else _EMAIL.sub(self._address, text)

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


def personal_data(config: Config) -> PersonalData:
    """The mode a user chose."""
    return PersonalData(config.personal_data, config.hash_key)
