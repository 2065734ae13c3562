"""Hides what identifies a person in a piece of JSON and in all that lies in it.

What there is to hide depends on the fields of an object, its model and the key it lies under, so it is
decided once for each such combination.
"""

from __future__ import annotations

import hmac
import json
import math
import re
from collections.abc import Callable
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
_encode: Final[Callable[[object], bytes]] = msgspec.json.Encoder().encode

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
        self._keyed = hmac.new((hash_key or "").encode(), digestmod="sha256")
        self._shapes: dict[tuple[Any, ...], Shape] = {}
        self._hashes: dict[str, str] = {}

    def in_json(self, text: bytes, under: str | None) -> bytes:
        """The JSON `text` with what is personal hidden, or `text` itself if nothing is.

        It lies under the key `under`, or is a record (None). A personal text is hashed as it is, any
        other value by its JSON; null and the empty text stay, since a hash of them would look like a
        person. An e-mail address inside any undocumented text is replaced too.
        """
        try:
            value, encode = _decode(text), _encode
        except msgspec.DecodeError:  # half a surrogate pair, which only the slow way reads
            value, encode = json.loads(text, parse_float=_number), _encode_slowly
        hidden = self._searched(value, under)
        out = encode(hidden)
        same = hidden is value and (len(out) == len(text) or not _repeats_a_key(text))
        return text if same else out

    def _hide(self, fields: Fields, under: str | None) -> bool:
        """Hides in place; whether there was anything."""
        shape = self.shape(fields, under)
        for name in shape.personal:
            if self._drop:
                del fields[name]
            else:
                fields[name] = self._hashed(fields[name])
        hidden = bool(shape.personal)
        for name in shape.open:
            value = fields[name]
            kind = value.__class__
            if kind is dict:
                hidden |= self._hide(value, name)
            elif kind is str or kind is list:
                searched = self._searched(value, name)
                if searched is not value:
                    fields[name] = searched
                    hidden = True
        return hidden

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
            # JSON may hold half a surrogate pair, which UTF-8 proper cannot.
            keyed.update(text.encode("utf-8", "surrogatepass"))
            known = keyed.hexdigest()
            if len(text) < SHORT:
                remember(self._hashes, text, known)
        return known

    def _searched(self, value: object, name: str | None) -> object:
        """`value`, itself if there is nothing to hide in it."""
        if isinstance(value, dict):
            return {**value} if self._hide(value, name) else value
        if isinstance(value, list):
            items = [self._searched(item, name) for item in value]
            same = all(new is old for new, old in zip(items, value, strict=True))
            return value if same else items
        if isinstance(value, str) and ("@" in value or "%40" in value):
            return _EMAIL.sub(self._address, value)
        return value

    def _address(self, found: re.Match[str]) -> str:
        return _DROPPED if self._drop else self._digest(found[0])


def _shape_of(fields: Fields, under: str | None) -> Shape:
    known = markers().of_object(fields, under)
    anywhere = markers().personal_anywhere
    personal = tuple(name for name in fields if name in known.marked or anywhere(name))
    rest = tuple(name for name in fields if name not in personal and name not in known.single)
    return Shape(personal, rest)


def _encode_slowly(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _number(text: str) -> float | str:
    """A number beyond a double is left as text: written as a number, it would be no JSON."""
    value = float(text)
    return value if math.isfinite(value) else text


def _repeats_a_key(text: bytes) -> bool:
    """Whether an object in `text` has a key twice: the decoder saw only the last of its values."""
    repeated = False

    def pairs(found: list[tuple[str, object]]) -> None:
        nonlocal repeated
        repeated |= len(dict(found)) < len(found)

    json.loads(text, object_pairs_hook=pairs)
    return repeated
