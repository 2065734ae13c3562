"""Says once a sync what the service sent beyond its documents.

The vendor adds event types and fields without a version. They pass through unchanged; without a word
about it, a team would find out months later that a column could have been there.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from functools import cache
from typing import Final

import msgspec

from source_circle_events.schemas.catalogue import event_types
from source_circle_events.schemas.documents import model, model_names, resolved

logger = logging.getLogger("airbyte.circle")

_FIRST: Final = 500
"""Rows that are all looked at, so that a small sync sees everything."""
_SAMPLED: Final = 200
"""One row in so many is looked at: what the vendor adds comes in every row from then on."""
_ROUND: Final = 20_000
"""One row of each name is looked at in so many rows, since some names are rare."""
_LISTED: Final = 200
"""Names of a kind that are remembered and told: what a service sends has no bound, our memory has."""
_LONGEST: Final = 100


class SchemaDrift:
    """Of one stream in one sync; called by one thread at a time."""

    def __init__(self, stream: str) -> None:
        self._stream = stream
        self._names = frozenset(event.name for event in event_types(stream))
        self._fields = frozenset(resolved(stream)["properties"])
        self._rows = 0
        self._looked_at: set[str | None] = set()
        self._noticed: dict[str, set[str]] = {"event type": set(), "field": set(), "model": set()}

    def look_at(self, rows: Sequence[bytes], names: Sequence[str | None]) -> None:
        """Notices every new name in `names`, and new fields and models in a sample of `rows`.

        Only the sample is decoded. Rows are as Circle sent them, before personal data is hidden.
        """
        last = dict(zip(names, range(len(rows)), strict=True))
        if self._names:
            self._notice("event type", {name for name in last if name} - self._names)
        if self._rows // _ROUND < (self._rows + len(rows)) // _ROUND:
            self._looked_at.clear()
        of_each = {index for name, index in last.items() if name not in self._looked_at}
        sample = range(0, len(rows), _SAMPLED if self._rows >= _FIRST else 1)
        self._looked_at.update(last)
        self._rows += len(rows)
        for index in of_each.union(sample):
            try:
                row = msgspec.json.decode(rows[index])
                self._notice("field", row.keys() - self._fields)
                self._look_into([*row.values()])
            except (ValueError, RecursionError):  # half a surrogate pair, or lists without an end
                continue

    def summary(self) -> str:
        """What was noticed in all, "" if nothing."""
        kinds = ", ".join(
            f"{len(names)}{' or more' * (len(names) == _LISTED)} {kind}(s)"
            for kind, names in self._noticed.items()
            if names
        )
        return kinds and (
            f"{self._stream}: {kinds} that Circle does not document came and were passed through as "
            "they are. Run discover (refresh the schema) to see them as columns."
        )

    def _look_into(self, value: object) -> None:
        if isinstance(value, list):
            for item in value:
                self._look_into(item)
        elif isinstance(value, dict):
            kind = value.get("type")
            if isinstance(kind, str):
                if kind in model_names():
                    new = value.keys() - _fields_of(kind)
                    self._notice("field", {f"{kind}.{name}" for name in new})
                else:
                    self._notice("model", {kind})
            for inner in value.values():
                self._look_into(inner)

    def _notice(self, kind: str, names: AbstractSet[str]) -> None:
        noticed = self._noticed[kind]
        for name in sorted({name[:_LONGEST] for name in names} - noticed):
            if len(noticed) == _LISTED:
                return
            noticed.add(name)
            logger.info(
                f'{self._stream}: the {kind} "{name}" is not documented; it is passed through as it is.'
            )
            if len(noticed) == _LISTED:
                logger.info(f"{self._stream}: no more than {_LISTED} are named of each kind.")


@cache
def _fields_of(name: str) -> frozenset[str]:
    return frozenset(model(name)["properties"])
