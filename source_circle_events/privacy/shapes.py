"""Objects sorted by shape, so that what is personal in them is decided once and not for each.

The objects of a page that lie under one key have one shape, nearly always. Then one check serves
them all, and it runs in C; a decision for each object would cost as much as reading the page.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from operator import itemgetter
from typing import Any, Final, NamedTuple, TypeVar

from source_circle_events.privacy.markers import markers

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

    personal: tuple[str, ...]
    personal_of: Callable[[Fields], Values]
    open: tuple[str, ...]
    """The fields to look into: all but the personal ones and the documented single values."""
    people: dict[str | None, tuple[Values, Person]]
    """The first of somebody's personal values -> all of them, and what takes their place. By one and
    not by all, since a text that was just read has to be hashed to be looked up."""


class Shapes:
    """The shapes met so far."""

    def __init__(self) -> None:
        self._known: dict[tuple[str | None, ...], Shape] = {}

    def of(self, objects: list[Fields], under: str | None) -> list[tuple[Shape, list[Fields]]]:
        """`objects`, of which there is one at least, by their shapes; they lie under `under`."""
        names = [*map(tuple, objects)]
        if names.count(names[0]) == len(names):
            return self._by_model(names[0], objects, under)
        sorted_: dict[tuple[str, ...], list[Fields]] = defaultdict(list)
        for fields, named in zip(objects, names, strict=True):
            sorted_[named].append(fields)
        return [
            found
            for named, alike in sorted_.items()
            for found in self._by_model(named, alike, under)
        ]

    def _by_model(
        self, names: tuple[str, ...], objects: list[Fields], under: str | None
    ) -> list[tuple[Shape, list[Fields]]]:
        """The same for objects with the same fields."""
        model = _model(objects[0])
        if "type" not in names or [*map(_TYPE, objects)].count(model) == len(objects):
            return [(self._shape((under, model, *names), objects[0]), objects)]
        sorted_: dict[str | None, list[Fields]] = defaultdict(list)
        for fields in objects:
            sorted_[_model(fields)].append(fields)
        return [
            (self._shape((under, model, *names), alike[0]), alike)
            for model, alike in sorted_.items()
        ]

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
    return Shape(personal, _getter(personal), rest, {})


def _getter(names: tuple[str, ...]) -> Callable[[Fields], Values]:
    if len(names) > 1:  # itemgetter answers with a bare value for one name, and refuses none
        return itemgetter(*names)
    return lambda fields: tuple(fields[name] for name in names)
