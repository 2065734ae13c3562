"""Hides what identifies a person in a piece of JSON and in all that lies in it.

What there is to hide depends on the fields of an object, its model and the key it lies under, so it is
decided once for each such combination.
"""

from __future__ import annotations

import hmac
import json
import re
from functools import lru_cache
from typing import Any, Final

import msgspec

from source_circle_events.privacy.markers import markers

Fields = dict[str, Any]
Names = tuple[str, ...]

# An address inside a text nobody documented, such as a link with a parameter (where @ is %40). It can
# only begin where a run of its characters begins: to try every place in a long run takes for ever.
_PART: Final = r"[^\s@<>\"'=&?/,;:()\[\]]"
_EMAIL: Final = re.compile(rf"(?<!{_PART}){_PART}+(?:@|%40){_PART}+")

# Numbers with a fraction stay the text they came as: 1.50 and 1e999 too.
_decode: Final = msgspec.json.Decoder(float_hook=lambda text: msgspec.Raw(text.encode())).decode
_encode: Final = msgspec.json.Encoder().encode

# What a memory holds: the largest kind takes about 1.5 kB an entry, so 15 MB.
REMEMBERED: Final = 10_000
SHORT: Final = 500
"""Characters of what is remembered; longer texts are not, or memory would have no bound."""
_FEW: Final = 50
"""The same for the fields of an object: the documented ones have at most twenty."""


class Hiding:
    """Hashes under `hash_key`, or drops without one; threads may share it."""

    def __init__(self, hash_key: str | None) -> None:
        self._drop = hash_key is None
        # Keyed, because the plain hash of an address is found by hashing a list of addresses. A copy
        # of the keyed state costs half of what `hmac.digest` does.
        key = (hash_key or "").encode("utf-8", "backslashreplace")
        self._keyed = hmac.new(key, digestmod="sha256")
        self._remembered = lru_cache(REMEMBERED)(self._digest)

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
            personal, others = to_hide(value, under)
            for name in personal:
                if self._drop:
                    del value[name]
                else:
                    value[name] = self._hashed(value[name])
            for name in others:
                value[name] = self._searched(value[name], name)
        elif isinstance(value, list):
            return [self._searched(item, under) for item in value]
        elif isinstance(value, str) and ("@" in value or "%40" in value):
            return _EMAIL.sub(self._address, value)
        return value

    def _hashed(self, value: object) -> object:
        if value is None or value == "":
            return value
        if not isinstance(value, str):
            value = json.dumps(value, sort_keys=True, default=lambda raw: float(bytes(raw)))
        return self._remembered(value) if len(value) < SHORT else self._digest(value)

    def _digest(self, text: str) -> str:
        keyed = self._keyed.copy()
        keyed.update(text.encode())
        return keyed.hexdigest()

    def _address(self, found: re.Match[str]) -> str:
        return "[dropped]" if self._drop else str(self._hashed(found[0]))


def to_hide(fields: Fields, under: str | None) -> tuple[Names, Names]:
    """The personal ones of `fields`, and those to look into: all others but the documented single
    values."""
    kind = fields.get("type")
    decide = _decided if len(fields) < _FEW else _decided.__wrapped__
    return decide(under, kind if isinstance(kind, str) else None, *fields)


@lru_cache(REMEMBERED)
def _decided(under: str | None, kind: str | None, *names: str) -> tuple[Names, Names]:
    known = markers().of_object(names, kind, under)
    personal = tuple(name for name in names if name in known.marked)
    return personal, tuple(name for name in names if name not in known.marked | known.single)
