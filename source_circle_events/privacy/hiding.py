"""Hides what identifies a person in a piece of JSON and in all that lies in it.

What there is to hide depends on the fields of an object, its model and the key it lies under, so it is
decided once for each such combination.
"""

from __future__ import annotations

import hmac
import json
import re
from typing import Any, Final, NamedTuple, TypeVar

import msgspec

from source_circle_events.privacy.markers import markers

Fields = dict[str, Any]

# An address inside a text nobody documented, such as a link with a parameter (where @ is %40). It can
# only begin where a run of its characters begins: to try every place in a long run takes for ever.
_PART: Final = r"[^\s@<>\"'=&?/,;:()\[\]]"
_EMAIL: Final = re.compile(rf"(?<!{_PART}){_PART}+(?:@|%40){_PART}+")
_DROPPED: Final = "[dropped]"

# Numbers with a fraction stay the text they came as: 1.50 and 1e999 too.
_decode: Final = msgspec.json.Decoder(float_hook=lambda text: msgspec.Raw(text.encode())).decode
_encode: Final = msgspec.json.Encoder().encode

# Entries a memory may have; the largest kind takes about 1.5 kB an entry, so 15 MB.
REMEMBERED: Final = 10_000
SHORT: Final = 500
"""Characters or fields of what is remembered; longer things are not, or memory would have no bound."""
_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


def remember(memory: dict[_Key, _Value], key: _Key, value: _Value) -> None:
    """Keeps `memory` bounded, whatever the size of the community, by starting over."""
    if len(memory) >= REMEMBERED:
        memory.clear()
    memory[key] = value


class Shape(NamedTuple):
    """What to do with objects that have the same key above them, the same `type` and fields."""

    personal: tuple[str, ...]
    open: tuple[str, ...]
    """The fields to look into: all but the personal ones and the documented single values."""


class Hiding:
    """Hashes under `hash_key`, or drops without one; threads may share it."""

    def __init__(self, hash_key: str | None) -> None:
        self._drop = hash_key is None
        # Keyed, because the plain hash of an address is found by hashing a list of addresses. A copy
        # of the keyed state costs half of what `hmac.digest` does.
        self._keyed = hmac.new(
            (hash_key or "").encode("utf-8", "backslashreplace"), digestmod="sha256"
        )
        self._shapes: dict[tuple[Any, ...], Shape] = {}
        self._hashes: dict[str, str] = {}

    def in_json(self, text: bytes, under: str | None) -> bytes:
        """The JSON `text` with what is personal hidden; what is not hidden keeps its digits.

        It lies under the key `under`, or is a record (None). A personal text is hashed as it is, any
        other value by its JSON; null and the empty text stay, since a hash of them would look like a
        person. An e-mail address inside any undocumented text is replaced too. What leaves is what
        was looked at: of a key that comes twice, the last value.
        """
        return _encode(self._searched(_decode(text), under))

    def _searched(self, value: object, under: str | None) -> object:
        """`value` with what is personal hidden; an object is changed in place."""
        if isinstance(value, dict):
            shape = self.shape(value, under)
            for name in shape.personal:
                if self._drop:
                    del value[name]
                else:
                    value[name] = self._hashed(value[name])
            for name in shape.open:
                value[name] = self._searched(value[name], name)
        elif isinstance(value, list):
            return [self._searched(item, under) for item in value]
        elif isinstance(value, str) and ("@" in value or "%40" in value):
            return _EMAIL.sub(self._address, value)
        return value

    def shape(self, fields: Fields, under: str | None) -> Shape:
        """What to do with `fields`."""
        try:
            return self._shapes[under, fields.get("type"), *fields]
        except TypeError:  # a `type` that is no text names no model
            return _shape_of(fields, under)
        except KeyError:
            shape = _shape_of(fields, under)
            if len(fields) < SHORT:
                remember(self._shapes, (under, fields.get("type"), *fields), shape)
            return shape

    def _hashed(self, value: object) -> object:
        if value is None or value == "":
            return value
        if isinstance(value, str):
            return self._digest(value)
        return self._digest(
            json.dumps(value, sort_keys=True, default=lambda raw: float(bytes(raw)))
        )

    def _digest(self, text: str) -> str:
        known = self._hashes.get(text)
        if known is None:
            keyed = self._keyed.copy()
            keyed.update(text.encode())
            known = keyed.hexdigest()
            if len(text) < SHORT:
                remember(self._hashes, text, known)
        return known

    def _address(self, found: re.Match[str]) -> str:
        return _DROPPED if self._drop else self._digest(found[0])


def _shape_of(fields: Fields, under: str | None) -> Shape:
    known = markers().of_object(fields, under)
    personal = tuple(name for name in fields if name in known.marked)
    rest = tuple(name for name in fields if name not in known.marked | known.single)
    return Shape(personal, rest)
