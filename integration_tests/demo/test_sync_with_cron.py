"""The example for cron: records in files, state beside them, whatever happens half-way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.streams import ENDPOINTS, ROOT
from sandbox import Options, Sandbox

_CONNECTOR = Path(sys.executable).with_name("source-circle-events")


class Folder:
    """What cron's line names."""

    def __init__(self, path: Path, config: dict[str, str]) -> None:
        self.path = path
        (path / "config.json").write_text(json.dumps(config))

    def run(self, connector: Path = _CONNECTOR) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [ROOT / "examples" / "sync_with_cron.sh", self.path],
            # As little as cron gives, and what this machine needs to run Python at all.
            env={
                name: os.environ[name]
                for name in ("PYTHONPATH", "LD_LIBRARY_PATH")
                if name in os.environ
            }
            | {"PATH": "/usr/bin:/bin", "SOURCE_CIRCLE_EVENTS": str(connector)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def lines(self) -> list[str]:
        return [
            line
            for file in sorted((self.path / "records").glob("*.jsonl"))
            for line in file.read_text().splitlines()
        ]

    def ids(self, stream: str) -> list[str]:
        records = [json.loads(line)["record"] for line in self.lines()]
        return [record["data"]["id"] for record in records if record["stream"] == stream]

    def state(self) -> dict[str, Any]:
        states = json.loads((self.path / "state.json").read_text())
        return {
            state["stream"]["stream_descriptor"]["name"]: state["stream"]["stream_state"]
            for state in states
        }

    def leftovers(self) -> list[str]:
        known = {"config.json", "catalog.json", "state.json", "records"}
        return sorted(entry.name for entry in self.path.iterdir() if entry.name not in known)


@pytest.fixture
def growing() -> Iterator[Sandbox]:
    """Ten pages of events, and no rate limit."""
    with Sandbox(Options(events=20_000, visits=500, tracker=500, rate_limit=0)) as api:
        yield api


def test_runs_that_fail_and_runs_that_do_not_lose_nothing(growing: Sandbox, tmp_path: Path) -> None:
    folder = Folder(tmp_path, {**growing.config(), "settling_period": "PT1S"})
    growing.change(fault=["401,after=9"])

    failed = folder.run()
    assert failed.returncode == 1
    assert failed.stderr.startswith("Circle refused the API token (401).")
    assert len(failed.stderr.splitlines()) == 1
    received = {stream: set(folder.ids(stream)) for stream in ENDPOINTS}
    assert 0 < sum(map(len, received.values())) < 21_000
    for stream, state in folder.state().items():
        passed = growing.ids(ENDPOINTS[stream], until=_text(state["created_at"]))
        assert set(passed) <= received[stream], "the state is ahead of the records"

    growing.change(fault=[])
    for _ in range(2):
        run = folder.run()
        assert (run.returncode, run.stderr, run.stdout) == (0, "", "")
    for stream, state in folder.state().items():
        ids = folder.ids(stream)
        passed = growing.ids(ENDPOINTS[stream], until=_text(state["created_at"]))
        assert set(passed) <= set(ids)
        repeated = {row for row, times in Counter(ids).items() if times > 1}
        assert repeated <= received[stream], "the last run read again what the one before had"
    assert folder.leftovers() == []
    assert {file.stat().st_mode & 0o077 for file in tmp_path.rglob("*.json*")} >= {0}


def _text(created_at: str) -> str:
    return created_at.replace("+0000", "Z")


_FAKE = """#!/bin/sh
case $1 in
read) shift; echo "$@" >>{folder}/asked; cat {folder}/said; exit {status} ;;
esac
"""


def _fake(tmp_path: Path, said: str, status: int = 0) -> Path:
    """A connector that says what it is told to."""
    folder = tmp_path / "fake"
    folder.mkdir(exist_ok=True)
    (folder / "said").write_text(said)
    script = folder / "connector"
    script.write_text(_FAKE.format(folder=folder, status=status))
    script.chmod(0o755)
    return script


def _record(data: str) -> str:
    return f'{{"type":"RECORD","record":{{"stream":"events","data":{data},"emitted_at":1}}}}\n'


def _state(stream: str, created_at: str) -> str:
    descriptor = {"stream_descriptor": {"name": stream}, "stream_state": {"created_at": created_at}}
    return _line({"type": "STATE", "state": {"type": "STREAM", "stream": descriptor}})


def _line(message: object) -> str:
    """As the connector writes it."""
    return json.dumps(message, separators=(",", ":")) + "\n"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    path = tmp_path / "circle"
    path.mkdir()
    return Folder(path, {"api_token": "t"})


def test_records_are_kept_to_the_letter(folder: Folder, tmp_path: Path) -> None:
    record = _record('{"id":"a","n":12345678901234567890123,"x":1.10,"t":"\\u0000 \\ud800 ü"}')
    assert folder.run(_fake(tmp_path, record)).returncode == 0
    assert folder.lines() == [record.rstrip()]


def test_what_a_killed_run_left_is_kept_before_the_next_one_reads(
    folder: Folder, tmp_path: Path
) -> None:
    whole = _record('{"id":"a"}') + _state("events", "2025-01-01") + _record('{"id":"b"}')
    (folder.path / "2025-01-02T00-00-00Z.run").write_text(whole + _record('{"id":"c"}')[:-20])
    assert folder.run(_fake(tmp_path, "")).returncode == 0
    assert folder.ids("events") == ["a", "b"]
    assert folder.state() == {"events": {"created_at": "2025-01-01"}}
    assert folder.leftovers() == []


def test_a_run_killed_while_it_kept_keeps_once(folder: Folder, tmp_path: Path) -> None:
    output = _record('{"id":"a"}') + _state("events", "2025-01-01")
    (folder.path / "2025-01-02T00-00-00Z.run").write_text(output)
    (folder.path / "records").mkdir()
    (folder.path / "records" / "2025-01-02T00-00-00Z.jsonl").write_text(_record('{"id":"a"}'))
    assert folder.run(_fake(tmp_path, "")).returncode == 0
    assert folder.ids("events") == ["a"]


def test_the_state_of_each_stream_is_its_last_one_ever(folder: Folder, tmp_path: Path) -> None:
    first = _state("events", "1") + _state("member_visits", "2") + _state("events", "3")
    assert folder.run(_fake(tmp_path, first)).returncode == 0
    assert folder.run(_fake(tmp_path, _state("events", "4"), status=3)).returncode == 3
    assert folder.state() == {
        "events": {"created_at": "4"},
        "member_visits": {"created_at": "2"},
    }
    asked = (tmp_path / "fake" / "asked").read_text().splitlines()
    assert asked == ["--config config.json --catalog catalog.json --state state.json"] * 2


def test_a_connector_that_is_not_there_is_a_sentence(folder: Folder) -> None:
    run = folder.run(Path("source-circle-events"))
    assert run.returncode == 1
    assert "Name the connector in full" in run.stderr
