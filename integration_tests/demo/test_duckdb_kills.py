"""Runs into DuckDB killed at random moments: no row is missing or twice, no state ahead.

`KILLS=20 python -m pytest integration_tests/demo/test_duckdb_kills.py` kills more often.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from helpers import EXAMPLE, ask, configured, run_example

from harness.streams import ENDPOINTS
from sandbox import Options, Sandbox

KILLS = int(os.environ.get("KILLS", "6"))


def test_whatever_dies_when_every_row_is_there_once(tmp_path: Path) -> None:
    rng = random.Random(20)
    options = Options(
        events=60_000 + 7_000 * KILLS,
        visits=500,
        tracker=500,
        days=60,
        latency=0.05,
        rate_limit=0,
        until="2026-01-01",
    )
    hits, sizes = 0, [0]
    with Sandbox(options) as api:
        file = configured(tmp_path, api, num_workers=2)
        for number in range(KILLS):
            hits += _killed(tmp_path, file, api, rng, gently=number % 2 == 0)
            if file.exists():
                sizes.append(_states_are_not_ahead(file, api))
        run_example(tmp_path, file)
        for stream, endpoint in ENDPOINTS.items():
            ids = ask(file, f"SELECT id FROM {stream}")
            assert sorted(row_id for (row_id,) in ids) == sorted(api.ids(endpoint))
        assert all(" 0 read" in line for line in run_example(tmp_path, file).splitlines()[1:])
    assert hits >= KILLS / 2
    assert sizes == sorted(sizes)
    assert len(set(sizes)) > 2, "the kills struck before anything was committed, or after all was"


def _killed(folder: Path, file: Path, api: Sandbox, rng: random.Random, *, gently: bool) -> bool:
    """Whether the signal came in time; a run that ends before it is none."""
    command = [sys.executable, EXAMPLE, "config.json", file]
    # Into a file: a connector that a SIGKILL left behind holds a pipe open until it writes.
    said = folder / "said"
    with (
        said.open("w") as out,
        subprocess.Popen(command, cwd=folder, stdout=out, stderr=subprocess.STDOUT) as process,
    ):
        # By what was asked, not by the clock: a start takes as long as the machine likes.
        last = len(api.requests()) + rng.randint(4, 20)
        while len(api.requests()) < last and process.poll() is None:
            time.sleep(0.02)
        time.sleep(rng.uniform(0, 0.3))
        running = process.poll() is None
        process.send_signal(signal.SIGTERM if gently else signal.SIGKILL)
        process.wait(timeout=30)
    # It may strike before Python has got so far as to listen.
    if running and gently and process.returncode != -signal.SIGTERM:
        assert process.returncode == 128 + signal.SIGTERM
        assert "the next run goes on from there" in said.read_text()
        assert "Traceback" not in said.read_text()
    return running


def _states_are_not_ahead(file: Path, api: Sandbox) -> int:
    """All that a committed state has passed is there; returns how many events are."""
    if ("_sync_state",) not in ask(file, "SELECT table_name FROM duckdb_tables()"):
        return 0
    for stream, state in ask(file, "SELECT stream, state FROM _sync_state"):
        created_at = json.loads(state)["stream"]["stream_state"].get("created_at")
        if created_at:
            due = api.ids(ENDPOINTS[stream], until=created_at.replace("+0000", "Z"))
            assert due.keys() <= {row_id for (row_id,) in ask(file, f"SELECT id FROM {stream}")}
    ((count,),) = ask(file, "SELECT count(*) FROM events")
    return int(count)
