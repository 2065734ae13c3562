"""examples/sync_to_duckdb.py stores every row once, with all its fields, also after kills."""

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
import pytest

from harness.streams import ENDPOINTS
from integration_tests.demo.helpers import EXAMPLE, Warehouse, ask, configured, run_example, sync
from sandbox import Options, Sandbox

KILLS = int(os.environ.get("KILLS", "4"))
SMALL = Options(events=3_000, visits=400, tracker=400, days=60, rate_limit=0, until="2026-01-01")
# Not ru_maxrss, which keeps what the parent had when it forked.
RUN = """
import atexit, runpy, sys
sys.executable, sys.argv = sys.argv[2], [*sys.argv[1:2], "config.json", "circle.duckdb"]
status = open("/proc/self/status")
atexit.register(lambda: print(int(status.read().split("VmHWM:")[1].split()[0]) // 1024))
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def _printed(output: str) -> dict[str, tuple[int, int]]:
    """Stream -> (read, rows)."""
    found = re.findall(r"^(\w+): ([\d,]+) read, ([\d,]+) rows$", output, re.MULTILINE)
    return {s: (int(read.replace(",", "")), int(rows.replace(",", ""))) for s, read, rows in found}


def _sync_records(folder: Path, types: dict[str, Any], records: list[Any]) -> tuple[Path, str]:
    """Run the example with a connector that has columns of these types and sends these records.
    Returns the database and what was printed, which ends with the peak of memory in MB."""
    schema = {"properties": {"id": {"type": "string"}, **types}}
    catalog = {"streams": [{"name": "events", "json_schema": schema}]}
    sent = [{"stream": "events", "emitted_at": 1, "data": record} for record in records]
    messages = {
        "discover": [{"type": "CATALOG", "catalog": catalog}],
        "read": [{"type": "RECORD", "record": record} for record in sent],
    }
    for verb, lines in messages.items():
        with (folder / verb).open("w") as file:
            file.writelines(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
    connector = folder / "source-circle-events"
    connector.write_text('#!/bin/sh\ncat "$1"\n')
    connector.chmod(0o755)
    command = [sys.executable, "-c", RUN, str(EXAMPLE), str(folder / "python")]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    return folder / "circle.duckdb", run.stdout


def test_the_second_run_continues_where_the_first_ended(warehouse: Warehouse) -> None:
    first, second = map(_printed, warehouse.runs)
    for stream, endpoint in ENDPOINTS.items():
        assert first[stream][0] == first[stream][1]
        assert second[stream][1] == first[stream][1] + second[stream][0]
        rows = ask(warehouse.file, f"SELECT id, created_at FROM {stream}")
        newest = max(created_at for _, created_at in rows)
        stored = warehouse.api.ids(endpoint, until=f"{newest.isoformat()}Z")
        late = [row_id for row_id, created_at in rows if created_at == newest]
        assert sorted(row_id for row_id, _ in rows) == sorted([*stored, *late])
    assert sum(read for read, _ in second.values()) > 0


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


def test_large_records_need_little_memory(tmp_path: Path) -> None:
    text = {"text": "lorem ipsum " * 1_700}
    records = [{"id": str(n), "payload": text} for n in range(6_000)]
    file, output = _sync_records(tmp_path, {"payload": {"type": "object"}}, records)
    assert ask(file, "SELECT count(*), min(length(payload)) FROM events") == [(6_000, 20_411)]
    assert int(output.split()[-1]) < 350


def test_a_dropped_table_is_read_again(tmp_path: Path) -> None:
    with Sandbox(SMALL) as api:
        file = configured(tmp_path, api)
        run_example(tmp_path, file)
        with duckdb.connect(file) as database:
            database.execute("DROP TABLE member_visits")
        found = _printed(run_example(tmp_path, file))
    assert (found["events"], found["member_visits"]) == ((0, 3_000), (400, 400))


def test_errors_are_printed_and_stop_no_other_stream(tmp_path: Path) -> None:
    with Sandbox(SMALL) as api:
        file = configured(tmp_path, api)
        api.change(fault=["404,stream=member_visits"])
        run = sync(tmp_path, file)
        assert (run.returncode, run.stderr.count("(404)")) == (1, 1)
        expected = {"events": (3_000, 3_000), "member_visits": (0, 0), "tracker_events": (400, 400)}
        assert _printed(run.stdout) == expected
        configured(tmp_path, api, api_token="s3cr3t-t0ken")
        run = sync(tmp_path, file)
        assert (run.returncode, run.stderr.count("refused the API token")) == (1, 1)
        assert "s3cr3t" not in run.stdout + run.stderr
        api.change(fault=[])
        configured(tmp_path, api)
        assert _printed(run_example(tmp_path, file))["member_visits"] == (400, 400)


def test_a_file_that_cannot_be_used_is_reported_in_one_line(tmp_path: Path) -> None:
    with Sandbox(SMALL) as api:
        file = configured(tmp_path, api)
        with duckdb.connect(file) as database:
            runs = [sync(tmp_path, file), sync(tmp_path, tmp_path / "config.json")]
            database.execute("CREATE TABLE events (id VARCHAR, _airbyte_raw_id VARCHAR)")
        runs.append(sync(tmp_path, file))
    expected = ["Could not set lock", "is not a DuckDB file", "Another program made"]
    for run, text in zip(runs, expected, strict=True):
        assert run.returncode == 1
        assert text in run.stderr
        assert len(run.stderr.splitlines()) == 1


@pytest.mark.parametrize(("prefix", "code"), [([], 128 + signal.SIGHUP), (["nohup"], 0)])
def test_sighup_ends_it_unless_nohup_says_otherwise(
    tmp_path: Path, prefix: list[str], code: int
) -> None:
    with Sandbox(SMALL.model_copy(update={"latency": 0.3})) as api:
        file = configured(tmp_path, api)
        command = [*prefix, sys.executable, str(EXAMPLE), "config.json", str(file)]
        with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE) as run:
            assert run.stdout
            run.stdout.readline()
            run.send_signal(signal.SIGHUP)
            assert run.wait(60) == code


def test_kills_lose_nothing_and_repeat_nothing(tmp_path: Path) -> None:
    """`KILLS=20` kills more often."""
    rng, sizes, temporary = random.Random(20), [0], tmp_path / "tmp"
    temporary.mkdir()
    options = {"events": 60_000 + 7_000 * KILLS, "visits": 500, "tracker": 500, "latency": 0.05}
    with Sandbox(SMALL.model_copy(update=options)) as api:
        file = configured(tmp_path, api, num_workers=2)
        command = [sys.executable, str(EXAMPLE), "config.json", str(file)]
        environment = {**os.environ, "TMPDIR": str(temporary)}
        for number in range(KILLS):
            with subprocess.Popen(command, cwd=tmp_path, env=environment) as process:
                last = len(api.requests()) + rng.randint(5, 40)
                while len(api.requests()) < last and process.poll() is None:
                    time.sleep(0.02)
                time.sleep(rng.uniform(0, 0.3))
                process.send_signal(signal.SIGTERM if number % 2 else signal.SIGKILL)
            assert list(temporary.iterdir()) == []
            tables = ask(file, "SELECT table_name FROM duckdb_tables()") if file.exists() else []
            stored = ask(file, "SELECT count(*) FROM events") if ("events",) in tables else [(0,)]
            sizes.append(stored[0][0])
        run_example(tmp_path, file)
        for stream, endpoint in ENDPOINTS.items():
            ids = ask(file, f"SELECT id FROM {stream}")
            assert sorted(row_id for (row_id,) in ids) == sorted(api.ids(endpoint))
        assert {read for read, _ in _printed(run_example(tmp_path, file)).values()} == {0}
    assert sizes == sorted(sizes)
    partial = [size for size in sizes if 0 < size < options["events"]]
    assert partial, "no kill between the first and the last commit"
