"""The example in Python: every row once, and a second process that reads only what is new."""

from __future__ import annotations

import re

import duckdb
import pytest
from around import ENDPOINTS, Warehouse, pyairbyte

pytestmark = pyairbyte


def _rows(output: str, stream: str) -> int:
    (count,) = re.findall(rf"^{stream}: (\d+) rows$", output, re.MULTILINE)
    return int(count)


def _read(output: str) -> int:
    (count,) = re.findall(r"^(\d+) records read$", output, re.MULTILINE)
    return int(count)


def test_the_second_process_goes_on_where_the_first_ended(warehouse: Warehouse) -> None:
    first, second = (
        {stream: _rows(output, stream) for stream in ENDPOINTS} for output in warehouse.runs
    )
    assert all(second[stream] > first[stream] for stream in ENDPOINTS)
    assert _read(warehouse.runs[0]) == sum(first.values())
    assert _read(warehouse.runs[1]) == sum(second.values()) - sum(first.values())


@pytest.mark.parametrize("stream", ENDPOINTS)
def test_every_row_is_there_once(warehouse: Warehouse, stream: str) -> None:
    with duckdb.connect(warehouse.file, read_only=True) as database:
        rows = database.execute(f"SELECT id, created_at FROM {stream}").fetchall()
    newest = max(created_at for _, created_at in rows)
    stored = warehouse.api.ids(ENDPOINTS[stream], until=f"{newest.isoformat()}Z")
    late = [row_id for row_id, created_at in rows if created_at == newest]
    assert sorted(row_id for row_id, _ in rows) == sorted([*stored, *late])


def test_objects_are_json_and_times_are_utc(warehouse: Warehouse) -> None:
    with duckdb.connect(warehouse.file, read_only=True) as database:
        types = dict(
            database.execute(
                "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = 'events'"
            ).fetchall()
        )
        first = database.execute("SELECT id, created_at FROM events ORDER BY 2 LIMIT 1").fetchone()
    assert types["payload"] == "JSON"
    assert types["created_at"] == "TIMESTAMP"
    assert first is not None
    assert warehouse.api.ids("events")[first[0]] == f"{first[1].isoformat()}Z"
