"""Hides what identifies a person in one decoded object and in all that lies in it.

What there is to hide depends on the fields of an object, its model and the key it lies under, so it is
decided once for each such combination. People come back in record after record, and are hashed once
while they are remembered.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Callable
from operator import itemgetter
from typing import Any, Final, NamedTuple, TypeVar

from msgspec import UNSET

from source_circle_events.privacy.markers import markers

Fields = dict[str, Any]
Values = tuple[Any, ...]

# An address inside a text nobody documented, such as a link with a parameter (where @ is %40).
_EMAIL: Final = re.compile(r"[^\s@<>\"'=&?/,;:()\[\]]+(?:@|%40)[^\s@<>\"'=&?/,;:()\[\]]+")
_DROPPED: Final = "[dropped]"

# Entries a memory may have: people and shapes take about 1.5 kB each, so 15 MB of either.
REMEMBERED: Final = 10_000
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
    personal_of: Callable[[Any], Values]
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
        self._people: dict[str | None, tuple[Shape, Values, Fields]] = {}

    def hide(self, fields: Fields, under: str | None) -> bool:
        """Hides what is personal in `fields`, in place, an object that lies under the key `under` (None:
        a record); whether there was anything.

        A text is hashed as it is, any other value by its JSON; null and the empty text stay, since
        a hash of them would look like a person. An e-mail address inside any undocumented text is
        replaced too.
        """
        shape = self.shape(fields, under)
        if shape.personal and self._drop:
            for name in shape.personal:
                del fields[name]
        elif shape.personal:
            fields.update(self.hidden(fields, shape))
        hidden = bool(shape.personal)
        for name in shape.open:
            value = fields[name]
            kind = value.__class__
            if kind is dict:
                hidden |= self.hide(value, name)
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
            remember(self._shapes, (under, fields.get("type"), *fields), shape)
            return shape

    def hidden(self, person: Any, shape: Shape) -> Fields:
        """What takes the place of the personal values of `person`; UNSET where they are dropped."""
        if self._drop:
            return dict.fromkeys(shape.personal, UNSET)
        values = shape.personal_of(person)
        try:
            of, before, person_hashed = self._people[values[0]]
            if of is shape and before == values:
                return person_hashed
        except (KeyError, TypeError):  # TypeError: a list where a text should be
            pass
        return self._person(shape, values)

    def _person(self, shape: Shape, values: Values) -> Fields:
        hashed = dict(zip(shape.personal, map(self._hashed, values), strict=True))
        # Texts only are remembered: 1, 1.0 and True would be one key.
        if all(value in (None, UNSET) or value.__class__ is str for value in values):
            remember(self._people, values[0], (shape, values, hashed))
        return hashed

    def _hashed(self, value: object) -> Any:
        if value is None or value is UNSET or value == "":
            return value
        if isinstance(value, str):
            return self._digest(value)
        return self._digest(
            json.dumps(value, sort_keys=True, default=lambda raw: float(bytes(raw)))
        )

    def _digest(self, text: str) -> str:
        keyed = self._keyed.copy()
        # JSON may hold half a surrogate pair, which UTF-8 proper cannot.
        keyed.update(text.encode("utf-8", "surrogatepass"))
        return keyed.hexdigest()

    def _searched(self, value: object, name: str) -> object:
        """`value`, itself if there is nothing to hide in it."""
        if isinstance(value, dict):
            return {**value} if self.hide(value, name) else value
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
    return Shape(personal, getter(itemgetter, personal), rest)


def getter(kind: Callable[..., Any], names: tuple[str, ...]) -> Callable[[Any], Values]:
    """`itemgetter` or `attrgetter` of `names`, as a tuple for one name and for none too."""
    if len(names) > 1:
        return kind(*names)  # type: ignore[no-any-return]
    each = [*map(kind, names)]
    return lambda of: tuple(get(of) for get in each)
