"""The road into DuckDB: every row once, whatever a run meets, and nothing read twice."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from helpers import Warehouse, ask, configured, run_example, sync

from harness.streams import ENDPOINTS
from sandbox import Options, Sandbox

SMALL = Options(events=3_000, visits=400, tracker=400, days=60, rate_limit=0, until="2026-01-01")
LEARNT = {
    "events": {"source", "sequence"},
    "member_visits": {"source", "sequence", "workflow", "context", "score"},
    "tracker_events": {"source", "sequence"},
}
"""Columns that only discover knows of; the others lie within `payload` and `properties`."""


def _printed(output: str) -> dict[str, tuple[int, int]]:
    """Stream -> (read, rows)."""
    found = re.findall(r"^(\w+): ([\d,]+) read, ([\d,]+) rows$", output, re.MULTILINE)
    return {s: (int(read.replace(",", "")), int(rows.replace(",", ""))) for s, read, rows in found}


def test_the_second_run_goes_on_where_the_first_ended(warehouse: Warehouse) -> None:
    first, second = map(_printed, warehouse.runs)
    for stream in ENDPOINTS:
        assert first[stream][0] == first[stream][1]
        assert second[stream][1] == first[stream][1] + second[stream][0]
    assert sum(read for read, _ in second.values()) > 0


@pytest.mark.parametrize("stream", ENDPOINTS)
def test_every_row_is_there_once(warehouse: Warehouse, stream: str) -> None:
    rows = ask(warehouse.file, f"SELECT id, created_at FROM {stream}")
    newest = max(created_at for _, created_at in rows)
    stored = warehouse.api.ids(ENDPOINTS[stream], until=f"{newest.isoformat()}Z")
    late = [row_id for row_id, created_at in rows if created_at == newest]
    assert sorted(row_id for row_id, _ in rows) == sorted([*stored, *late])


def test_rows_out_of_shape_are_kept_with_all_they_hold(tmp_path: Path) -> None:
    with Sandbox(SMALL) as api:
        file = configured(tmp_path, api)
        api.change(odd=["no_id,every=50", "null_payload,every=7", "big_numbers,every=40"])
        runs = [sync(tmp_path, file) for _ in range(2)]
        assert [run.returncode for run in runs] == [0, 0], runs[0].stderr
        ((rows, distinct),) = ask(file, "SELECT count(*), count(DISTINCT id) FROM events")
        assert rows == distinct
        ((without_id, kept),) = ask(
            file,
            "SELECT count(*) FILTER (id LIKE 'no-id-%'), count(*) FILTER ((_extra->>'sequence') = "
            "'18446744073709563961') FROM events",
        )
    assert without_id > 30
    assert kept > 30
    assert "values that fit no column" in runs[0].stdout
    assert set(_printed(runs[1].stdout)) == set(ENDPOINTS)


def test_a_new_field_gets_a_column_and_none_is_lost(tmp_path: Path) -> None:
    """Times come with an offset here, and the columns hold UTC."""
    some = Options(events=500, visits=50, tracker=50, growth=30_000, offset="-06:00")
    with Sandbox(some) as api:
        file = configured(tmp_path, api, settling_period="PT0S")
        run_example(tmp_path, file)
        names = {name for (name,) in ask(file, "SELECT column_name FROM duckdb_columns()")}
        old = {stream: ask(file, f"SELECT count(*) FROM {stream}")[0] for stream in ENDPOINTS}
        ((row_id, created_at),) = ask(file, "SELECT id, created_at FROM events ORDER BY 2 LIMIT 1")
        sent = datetime.fromisoformat(api.ids("events")[row_id])
        assert created_at == sent.astimezone(UTC).replace(tzinfo=None)

        api.change(undocumented=True)
        run_example(tmp_path, file)
    for stream, columns in LEARNT.items():
        assert not columns & names
        for column in columns:
            counted = f"SELECT count(*) - count({column}), count({column}) FROM {stream}"
            ((empty, filled),) = ask(file, counted)
            assert (empty,) == old[stream] or column == "score"
            assert filled > 0
    email = "properties->>'$.context.depth.team.lead.person.email'"
    ((rows,),) = ask(file, f"SELECT count(*) FROM tracker_events WHERE {email} LIKE '%@%'")
    assert rows > 0
    scores = {str(row[0]).strip('"') for row in ask(file, "SELECT score FROM member_visits")}
    assert {"7", "7.5", "seven"} <= scores  # of every type there is, if only as text


def test_full_refresh_starts_over(tmp_path: Path) -> None:
    with Sandbox(SMALL) as api:
        file = configured(tmp_path, api)
        run_example(tmp_path, file)
        with duckdb.connect(file) as database:
            database.execute("INSERT INTO events (id) VALUES ('not of the service')")
        run = sync(tmp_path, file, "--full-refresh")
        assert run.returncode == 0, run.stderr
        assert _printed(run.stdout)["events"] == (3_000, 3_000)
        assert _printed(run_example(tmp_path, file))["events"] == (0, 3_000)


def test_a_stream_that_cannot_be_read_costs_the_others_nothing(tmp_path: Path) -> None:
    with Sandbox(SMALL) as api:
        file = configured(tmp_path, api)
        api.change(fault=["404,stream=member_visits"])
        run = sync(tmp_path, file)
        assert run.returncode == 1
        assert run.stderr.count("404") == 1
        assert "Traceback" not in run.stderr
        assert _printed(run.stdout) == {
            "events": (3_000, 3_000),
            "member_visits": (0, 0),
            "tracker_events": (400, 400),
        }
        api.change(fault=[])
        assert _printed(run_example(tmp_path, file)) == {
            "events": (0, 3_000),
            "member_visits": (400, 400),
            "tracker_events": (0, 400),
        }


def test_a_bad_token_is_said_once_and_costs_nothing(tmp_path: Path) -> None:
    with Sandbox(SMALL) as api:
        file = configured(tmp_path, api)
        run_example(tmp_path, file)
        configured(tmp_path, api, api_token="s3cr3t-t0ken")
        for options in ([], ["--full-refresh"]):
            run = sync(tmp_path, file, *options)
            assert run.returncode == 1
            assert run.stderr.count("refused the API token") == 1
            assert "s3cr3t" not in run.stdout + run.stderr
            assert ask(file, "SELECT count(*) FROM events") == [(3_000,)]


def test_a_file_that_cannot_be_used_is_a_sentence(tmp_path: Path) -> None:
    with Sandbox(SMALL) as api:
        file = configured(tmp_path, api)
        for there, expected in [
            (tmp_path / "missing" / "x.duckdb", "No such file"),
            (tmp_path / "config.json", "is no DuckDB file"),
        ]:
            run = sync(tmp_path, there)
            assert (run.returncode, run.stdout) == (1, "")
            assert expected in run.stderr
            assert len(run.stderr.splitlines()) == 1
        with duckdb.connect(file) as database:
            locked = sync(tmp_path, file)
            database.execute("CREATE TABLE events (id VARCHAR, _airbyte_raw_id VARCHAR)")
        assert (locked.returncode, len(locked.stderr.splitlines())) == (1, 1)
        foreign = sync(tmp_path, file)
        assert foreign.returncode == 1
        assert "another program made" in foreign.stderr
