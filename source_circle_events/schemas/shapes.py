"""Objects sorted by shape, so that what is personal in them is decided once and not for each.

The objects of a page that lie under one key have one shape, nearly always. Then one check serves
them all, and it runs in C; a decision for each object would cost as much as reading the page.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any, Final, NamedTuple, TypeVar

from source_circle_events.schemas.markers import markers

Fields = dict[str, Any]
Values = tuple[Any, ...]
Person = dict[str, str | None]

_TYPE: Final = itemgetter("type")
_Key = TypeVar("_Key")
_Value = TypeVar("_Value")

# Entries a memory may have: people and shapes take about 1.5 kB each, so 15 MB of either.
REMEMBERED: Final = 10_000


def remember(memory: dict[_Key, _Value], key: _Key, value: _Value) -> None:
    """Keeps `memory` bounded, whatever the size of the community, by starting over."""
    if len(memory) >= REMEMBERED:
        memory.clear()
    memory[key] = value


class Shape(NamedTuple):
    """All objects with the same key above them, the same `type` and the same fields."""

    model: str | None
    names: frozenset[str]
    personal: tuple[str, ...]
    personal_of: Callable[[Fields], Values]
    open: tuple[str, ...]
    """The fields to look into: all but the personal ones and the documented single values."""
    people: dict[str | None, tuple[Values, Person]]
    """The first of somebody's personal values -> all of them, and what takes their place. By one and
    not by all, since a text that was just read has to be hashed to be looked up."""

    def fits(self, objects: Sequence[Fields]) -> bool:
        """Whether all of them, which lie under the right key, have this shape."""
        count = len(objects)
        return (
            all(map(self.names.issuperset, objects))
            and [*map(len, objects)].count(len(self.names)) == count
            and ("type" not in self.names or [*map(_TYPE, objects)].count(self.model) == count)
        )


class Shapes:
    """The shapes met so far."""

    def __init__(self) -> None:
        self._known: dict[tuple[str | None, ...], Shape] = {}
        self._usual: dict[str | None, Shape] = {}

    def of(self, objects: list[Fields], under: str | None) -> list[tuple[Shape, list[Fields]]]:
        """`objects`, of which there is one at least, by their shapes; they lie under `under`."""
        usual = self._usual.get(under)
        if usual and usual.fits(objects):
            return [(usual, objects)]
        sorted_: dict[tuple[str | None, ...], list[Fields]] = defaultdict(list)
        for fields in objects:
            sorted_[under, _model(fields), *fields].append(fields)
        found = [(self._shape(key, alike[0]), alike) for key, alike in sorted_.items()]
        remember(self._usual, under, found[0][0])
        return found

    def _shape(self, key: tuple[str | None, ...], fields: Fields) -> Shape:
        shape = self._known.get(key)
        if shape is None:
            shape = _shape_of(fields, under=key[0])
            remember(self._known, key, shape)
        return shape


def _model(fields: Fields) -> str | None:
    model = fields.get("type")
    return model if isinstance(model, str) else None


def _shape_of(fields: Fields, under: str | None) -> Shape:
    known = markers().of_object(fields, under)
    anywhere = markers().personal_anywhere
    personal = tuple(name for name in fields if name in known.marked or anywhere(name))
    rest = tuple(name for name in fields if name not in personal and name not in known.single)
    return Shape(_model(fields), frozenset(fields), personal, _getter(personal), rest, {})


def _getter(names: tuple[str, ...]) -> Callable[[Fields], Values]:
    if len(names) > 1:  # itemgetter answers with a bare value for one name, and refuses none
        return itemgetter(*names)
    return lambda fields: tuple(fields[name] for name in names)
