"""Says once a sync what the service sent beyond its documents.

The vendor adds event types and fields without a version. They pass through unchanged; without a word
about it, a team would find out months later that a column could have been there.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from functools import cache

from source_circle_events.http.page import Row
from source_circle_events.schemas.catalogue import event_types, tracker_event_types
from source_circle_events.schemas.documents import model, model_names, resolved

logger = logging.getLogger("airbyte.circle")

_LOOKED_AT = 20
_SAMPLED = 16

_NAMES = {"events": event_types, "tracker_events": tracker_event_types}


class Notices:
    """Of one stream in one sync; called by one thread at a time."""

    def __init__(self, stream: str) -> None:
        self._stream = stream
        self._names: set[object] = {event.name for event in _NAMES.get(stream, tuple)()} | {""}
        self._fields = frozenset(resolved(stream)["properties"])
        self._seen: Counter[object] = Counter()
        self._shapes: set[tuple[object, ...]] = set()
        self._noticed: Counter[str] = Counter()

    def look_at(self, rows: Sequence[Row]) -> None:
        """The first rows of each name, and a sample of the others: a look at every row would cost
        half as much as all the rest, and what the vendor adds comes in every row from then on."""
        for number, row in enumerate(rows):
            name = row.get("name")
            if name.__class__ is not str:
                name = ""
            seen = self._seen[name]
            if seen < _LOOKED_AT or number % _SAMPLED == 0:
                self._seen[name] = seen + 1
                self._look_at_row(row, str(name))

    def summary(self) -> str | None:
        """What was noticed in all, or None."""
        if not self._noticed:
            return None
        kinds = ", ".join(f"{count} {kind}(s)" for kind, count in sorted(self._noticed.items()))
        return (
            f"{self._stream}: {kinds} that Circle does not document came and were passed through "
            "as they are. Run discover (refresh the schema) to see them as columns."
        )

    def _look_at_row(self, row: Row, name: str) -> None:
        if self._stream in _NAMES and name not in self._names:
            self._names.add(name)
            self._notice("event type", name)
        for field in row.keys() - self._fields:
            self._once("field", field)
        for value in row.values():
            if value.__class__ is dict:
                self._look_into(value)

    def _look_into(self, fields: Row) -> None:
        shape = (fields.get("type"), *fields)
        try:
            known = shape in self._shapes
        except TypeError:  # a `type` that is no text names no model
            known = True
        if not known:
            self._shapes.add(shape)
            self._look_at_model(fields)
        for value in fields.values():
            if value.__class__ is dict:
                self._look_into(value)
            elif value.__class__ is list:
                for item in value:
                    if item.__class__ is dict:
                        self._look_into(item)

    def _look_at_model(self, fields: Row) -> None:
        name = fields.get("type")
        if not isinstance(name, str):
            return
        if name not in model_names():
            self._once("model", name)
            return
        for field in fields.keys() - _fields_of(name):
            self._once("field", f"{name}.{field}")

    def _once(self, kind: str, name: str) -> None:
        if (kind, name) not in self._shapes:
            self._shapes.add((kind, name))
            self._notice(kind, name)

    def _notice(self, kind: str, name: str) -> None:
        self._noticed[kind] += 1
        logger.info(
            f'{self._stream}: the {kind} "{name[:100]}" is not documented; it is passed through as '
            "it is."
        )


@cache
def _fields_of(name: str) -> frozenset[str]:
    return frozenset(model(name)["properties"])
