"""From the rows of a page to the records that leave."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from source_circle_events.http.page import Row
from source_circle_events.output.records import PageOfRecords
from source_circle_events.output.schema_drift import SchemaDrift
from source_circle_events.privacy.transform import personal_data
from source_circle_events.reading.window_reader import Dated


class Outgoing:
    """Of one stream in one sync; called by one thread at a time."""

    def __init__(self, stream: str, names: Collection[str], config: Mapping[str, Any]) -> None:
        self._stream = stream
        self._names = frozenset(names)
        self._personal = personal_data(config)
        self._undated: set[str] = set()
        self.notices = SchemaDrift(stream)

    def pack(self, dated: list[Dated]) -> PageOfRecords | None:
        """What of a window's rows is to leave, or None."""
        wanted = [(created_at, row) for created_at, row in dated if self._wants(created_at, row)]
        if not wanted:
            return None
        rows = [row for _, row in wanted]
        newest = max((created_at for created_at, _ in wanted if created_at), default=None)
        name = [row.get("name") for row in rows]
        self.notices.look_at(
            [json.dumps(row).encode() for row in rows],
            [text if isinstance(text, str) else None for text in name],
        )
        if self._personal.mode != "keep":
            hidden = self._personal.apply([json.dumps(row).encode() for row in rows])
            rows = [json.loads(row) for row in hidden]
        return PageOfRecords.of(self._stream, rows, newest)

    def _wants(self, created_at: object, row: Row) -> bool:
        """Not a name that was not asked for, should the service ignore the filter; and not twice a
        row without a readable `created_at`, which no window can call its own."""
        if self._names:
            name = row.get("name")
            if not (isinstance(name, str) and name in self._names):
                return False
        if created_at is None and (identity := row.get("id")) is not None:
            if repr(identity) in self._undated:
                return False
            self._undated.add(repr(identity))
        return True
