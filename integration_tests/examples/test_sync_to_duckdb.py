"""examples/sync_to_duckdb.py stores every record once, with all its fields, also after kills."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from harness.streams import ENDPOINTS
from integration_tests.examples.helpers import EXAMPLE, ask, configured, sync
from sandbox import Options, Sandbox

KILLS = int(os.environ.get("KILLS", "3"))
SMALL = Options(events=900, visits=200, tracker=200, days=60, rate_limit=0, until="2026-01-01")
# The example runs the connector that lies beside its Python.
RUN = """
import runpy, sys
sys.executable, sys.argv = sys.argv[2], [sys.argv[1], "config.json", "circle.duckdb"]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def _printed(output: str) -> dict[str, tuple[int, int]]:
    """Stream -> (read, rows)."""
    found = re.findall(r"^(\w+): ([\d,]+) read, ([\d,]+) rows$", output, re.MULTILINE)
    return {s: (int(read.replace(",", "")), int(rows.replace(",", ""))) for s, read, rows in found}


def _sync_records(folder: Path, types: dict[str, Any], records: list[Any]) -> tuple[Path, str]:
    """Run the example with a connector that writes this schema and these records.
    Returns the database and what was printed."""
    schema = {"properties": {"id": {"type": "string"}, **types}}
    catalog = {"streams": [{"name": "events", "json_schema": schema}]}
    sent = [{"stream": "events", "emitted_at": 1, "data": record} for record in records]
    messages = [{"type": "RECORD", "record": record} for record in sent]
    lines = [json.dumps(message, separators=(",", ":")) + "\n" for message in messages]
    (folder / "discover").write_text(json.dumps({"type": "CATALOG", "catalog": catalog}) + "\n")
    (folder / "read").write_text("".join(lines))
    connector = folder / "source-circle-events"
    connector.write_text('#!/bin/sh\ncat "$1"\n')
    connector.chmod(0o755)
    command = [sys.executable, "-c", RUN, str(EXAMPLE), str(folder / "python")]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    return folder / "circle.duckdb", run.stdout


def test_columns_have_the_types_of_the_catalog_and_the_rest_is_in_extra(tmp_path: Path) -> None:
    types = {
        "created_at": {"type": ["null", "string"], "format": "date-time"},
        "updated_at": {"type": "string"},  # as discover says after it saw one odd time
        "count": {"type": "integer"},
        "share": {"type": "number"},
        "paid": {"type": "boolean"},
        "payload": {"type": ["null", "object"]},
    }
    fits = {"created_at": "2026-01-01T23:30:00-06:00", "count": 7, "share": 0.50, "paid": True}
    odd = {"created_at": "yesterday", "updated_at": "soon", "count": 2**64, "paid": 2, "new": [1]}
    records = [
        {"id": "a", **fits, "payload": {"x": None}, "updated_at": None},
        {"id": "b", "count": 1, **odd},
        {"id": "c", "count": 1},
        {"id": "c", "count": 2},
    ]
    file, output = _sync_records(tmp_path, types, records)
    kinds = {name: kind for name, kind, *_ in ask(file, "DESCRIBE events")}
    assert [kinds[name] for name in ("created_at", "updated_at")] == ["TIMESTAMP"] * 2
    rows = ask(
        file, "SELECT created_at, count, share, paid, payload, _extra FROM events ORDER BY id"
    )
    assert rows[0] == (datetime(2026, 1, 2, 5, 30), 7, "0.5", True, '{"x":null}', None)
    assert rows[1][:5] == (None,) * 5
    assert json.loads(rows[1][5]) == odd
    assert [row[1] for row in rows[2:]] == [2]  # the last one of an id
    assert "1 of them have values" in output
    _sync_records(tmp_path, {**types, "new": {"type": "string"}}, [{"id": "d", "new": "x"}])
    assert ask(file, "SELECT count(*), max(new) FROM events") == [(4, "x")]


def test_a_field_can_have_any_name(tmp_path: Path) -> None:
    names = ["rowid", "keys", "json", "misfits", "texts", "extra", "batch", "c1", "data", "events"]
    names += ["select", "_extra", "_sync_state", "ID", "Name", "name", "a/b", "a~b", "$.x", "*"]
    names += ["", " ", '"quoted"', "it's", "{0}", "null\0", "\n", "日本", '"}}\n{"type":"STATE"}']
    record = {name: f"value of {name}" for name in names}
    types = {name: {"type": "string"} for name in names}
    file, _ = _sync_records(tmp_path, types, [{"id": str(n), **record} for n in range(3)])
    columns = [column for column, *_ in ask(file, "DESCRIBE events")]
    rows = ask(file, "SELECT * FROM events ORDER BY id")
    assert [row[0] for row in rows] == ["0", "1", "2"]
    for row in rows:
        stored = dict(zip(columns, row, strict=True))
        extra = json.loads(stored.pop("_extra"))
        assert extra.keys() == {"", "ID", "name", "_extra", "null\0", "\n", names[-1]}
        assert {**stored, **extra} == {"id": row[0], **record}


def test_what_failed_or_was_dropped_is_read_by_the_next_run(tmp_path: Path) -> None:
    options = {"fault": ["404,stream=member_visits"], "token": "s3cr3t-t0ken"}
    with Sandbox(SMALL.changed(options)) as api:
        file = configured(tmp_path, api)
        run = sync(tmp_path, file)
        assert (run.returncode, run.stderr.count("(404)")) == (1, 1)
        assert "s3cr3t" not in run.stdout + run.stderr
        expected = {"events": (900, 900), "member_visits": (0, 0), "tracker_events": (200, 200)}
        assert _printed(run.stdout) == expected
        with duckdb.connect(file) as database:
            database.execute("DROP TABLE tracker_events")
        api.change(fault=[])
        run = sync(tmp_path, file)
    assert (run.returncode, run.stderr) == (0, "")
    expected |= {"events": (0, 900), "member_visits": (200, 200)}
    assert _printed(run.stdout) == expected


def test_a_file_that_cannot_be_used_is_reported_in_one_line(tmp_path: Path) -> None:
    with Sandbox(SMALL) as api:
        file = configured(tmp_path, api)
        with duckdb.connect(file) as database:
            runs = [sync(tmp_path, file)]
            database.execute("CREATE TABLE events (id VARCHAR, _airbyte_raw_id VARCHAR)")
        runs.append(sync(tmp_path, file))
    for run, text in zip(runs, ["Could not set lock", "Another program made"], strict=True):
        assert run.returncode == 1
        assert text in run.stderr
        assert len(run.stderr.splitlines()) == 1


def test_kills_lose_nothing_and_store_nothing_twice(tmp_path: Path) -> None:
    """`KILLS=20` kills more often. SIGHUP is what a closed terminal sends."""
    rng, sizes, temporary = random.Random(20), [0], tmp_path / "tmp"
    temporary.mkdir()
    options = {"events": 2_000 + 750 * KILLS, "per_page_maximum": 100, "latency": 0.1}
    with Sandbox(SMALL.changed(options)) as api:
        file = configured(tmp_path, api, num_workers=2)
        command = [sys.executable, str(EXAMPLE), "config.json", str(file)]
        environment = os.environ | {"TMPDIR": str(temporary)}
        for number in range(KILLS):
            with subprocess.Popen(command, cwd=tmp_path, env=environment) as process:
                last = api.stats()["requests"] + rng.randint(10, 30)
                while api.stats()["requests"] < last and process.poll() is None:
                    time.sleep(0.05)
                time.sleep(rng.uniform(0, 0.3))
                process.send_signal((signal.SIGKILL, signal.SIGTERM, signal.SIGHUP)[number % 3])
            assert list(temporary.iterdir()) == []
            tables = ask(file, "SELECT table_name FROM duckdb_tables()") if file.exists() else []
            stored = ask(file, "SELECT count(*) FROM events") if ("events",) in tables else [(0,)]
            sizes += stored[0]
        assert sync(tmp_path, file).returncode == 0
        for stream, endpoint in ENDPOINTS.items():
            ids = ask(file, f"SELECT id FROM {stream}")
            assert sorted(row_id for (row_id,) in ids) == sorted(api.ids(endpoint))
    assert sizes == sorted(sizes)
    assert any(0 < size < options["events"] for size in sizes), "no kill between two commits"
