"""Says which fields of an object are personal data: one rule for records and for schemas.

The schema files are the only source: a field is personal where it carries `x-personal-data`. Since
payloads are not documented, the rule must also hold where no schema was written:

* An object says by its own `type` which model it is. Without a documented `type`, the key it lies
  under stands in (`initiator`, `community_member`, ...).
* A marked name that no schema uses unmarked (`email`, `public_uid`, `ahoy_visitor`, ...) is
  personal anywhere, alone or as the end of a longer name (`previous_email`). `name` is not one of
  them: spaces, posts and tags have names too.
* An object of no known model that holds such a name is taken for a person, so that its `name` is
  not left behind.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import chain
from typing import Final

from source_circle_events.schemas.catalogue import event_types, named_streams
from source_circle_events.schemas.documents import (
    STREAMS,
    JsonSchema,
    model,
    model_names,
    resolved,
)

PERSONAL: Final = "x-personal-data"
"""Keyword of a field: true where it is personal, SOMETIMES where discover met objects of several
kinds in one place and it is personal in some of them only (a member's `name` and a space's)."""
SOMETIMES: Final = "sometimes"

_FEW: Final = 50
"""Fields of an object whose kind is remembered: the documented ones have at most twenty."""

Names = tuple[str, ...]


@dataclass(frozen=True)
class Known:
    """What the documents say about the fields of one kind of object."""

    marked: frozenset[str] = frozenset()
    single: frozenset[str] = frozenset()
    """Fields documented as one text, number or truth: no object can lie in them."""

    def __or__(self, other: Known) -> Known:
        return Known(self.marked | other.marked, self.single | other.single)


@dataclass(frozen=True)
class Markers:
    """The marked names, arranged by what an object can be recognised by."""

    by_model: Mapping[str, Known]
    by_key: Mapping[str | None, Known]
    """Key an object lies under, None for the record itself."""
    anywhere: frozenset[str]
    endings: tuple[str, ...]

    def of_object(self, fields: Collection[str], kind: object, under: str | None) -> Known:
        """What is known of an object with `fields` and the `type` `kind` that lies under `under`."""
        anywhere = Known(
            frozenset(n for n in fields if n in self.anywhere or n.endswith(self.endings))
        )
        if under is not None and isinstance(kind, str) and kind in self.by_model:
            return self.by_model[kind] | anywhere
        known = self.by_key.get(under, Known()) | anywhere
        # A record is no person, whoever is named in it: its `name` says what happened.
        if under is not None:
            for person in self.by_model.values():
                if not (person.marked & self.anywhere).isdisjoint(fields):
                    known |= Known(person.marked)
        return known


def to_hide(fields: Collection[str], kind: object, under: str | None) -> tuple[Names, Names]:
    """The personal ones of `fields`, and those to look into: all others but the documented single
    values. Decided once for each combination of fields, model and key."""
    decide = _decided if len(fields) < _FEW else _decided.__wrapped__
    return decide(under, kind if isinstance(kind, str) else None, *fields)


@lru_cache(10_000)
def _decided(under: str | None, kind: str | None, *names: str) -> tuple[Names, Names]:
    known = markers().of_object(names, kind, under)
    personal = tuple(name for name in names if name in known.marked)
    return personal, tuple(name for name in names if name not in known.marked | known.single)


@cache
def markers() -> Markers:
    """The markers of all schema files."""
    by_model = {name: _known(model(name)) for name in model_names()}
    by_key: dict[str | None, Known] = {}
    for schema in map(resolved, STREAMS):
        for key, inner in _objects(schema, None):
            by_key[key] = by_key.get(key, Known()) | _known(inner)
    for event in chain.from_iterable(map(event_types, named_streams())):
        for key, name in event.models.items():
            by_key[key] = by_key.get(key, Known()) | Known(by_model[name].marked)
    every = (*by_model.values(), *by_key.values())
    marked = frozenset().union(*(known.marked for known in every))
    anywhere = marked.difference(*(known.single - known.marked for known in every))
    return Markers(by_model, by_key, anywhere, tuple(sorted(f"_{name}" for name in anywhere)))


def _known(schema: JsonSchema) -> Known:
    fields = schema["properties"]
    marked = frozenset(name for name in fields if PERSONAL in fields[name])
    return Known(marked, frozenset(n for n in fields if "object" not in fields[n]["type"]))


def _objects(schema: JsonSchema, key: str | None) -> Iterator[tuple[str | None, JsonSchema]]:
    yield key, schema
    for name, field in schema["properties"].items():
        if "properties" in field:
            yield from _objects(field, name)
