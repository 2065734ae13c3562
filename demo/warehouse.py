"""What is in the DuckDB file: the questions a community manager has first."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb

from harness.streams import ROOT, STREAMS
from source_circle_events.schemas.catalogue import event_types

_FREQUENT = "SELECT name, count(*) FROM events GROUP BY name ORDER BY count(*) DESC, name LIMIT ?"


class Warehouse:
    """Opened for one question at a time: DuckDB lets one process in, and the sync needs it."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def clear(self) -> None:
        for old in (self.file, Path(f"{self.file}.wal")):
            old.unlink(missing_ok=True)

    def rows(self) -> dict[str, int]:
        """Stream -> rows; zero where there is no table yet."""
        if not self.file.exists():
            return dict.fromkeys(STREAMS, 0)
        tables = {name for (name,) in self._ask("SELECT table_name FROM duckdb_tables()")}
        return {
            stream: self._ask(f"SELECT count(*) FROM {stream}")[0][0] if stream in tables else 0
            for stream in STREAMS
        }

    def frequent_events(self, most: int) -> list[tuple[int, str, str]]:
        """How many, name, what it means; the most frequent first."""
        meanings = {kind.name: kind.meaning for kind in event_types()}
        rows = self._ask(_FREQUENT, [most])
        return [(count, name, meanings.get(name, "")) for name, count in rows]

    def active_members(self, days: int) -> list[tuple[int, str, str]]:
        """How many, and when, on the last days that there is something of."""
        query = (ROOT / "queries" / "active_members.sql").read_text()
        return [(active, f"{day:%a %d %b}", "") for day, active, _ in self._ask(query)[-days:]]

    def _ask(self, query: str, values: Iterable[object] = ()) -> list[Any]:
        with duckdb.connect(self.file, read_only=True) as connection:
            return connection.execute(query, list(values)).fetchall()
