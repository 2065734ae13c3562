"""The example for cron keeps records and state consistent through failures and kills."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from harness.connector import BIN
from harness.streams import ENDPOINTS, ROOT
from sandbox import Options, Sandbox


class Folder:
    """The directory that the line for cron names."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def start(self, connector: Path | str = "./connector") -> subprocess.Popen[str]:
        # The few variables that cron sets, and what this machine needs to run Python.
        needed = {name: os.environ.get(name, "") for name in ("PYTHONPATH", "LD_LIBRARY_PATH")}
        return subprocess.Popen(
            [ROOT / "examples" / "sync_with_cron.sh", self.path],
            env=needed | {"PATH": "/usr/bin:/bin", "SOURCE_CIRCLE_EVENTS": str(connector)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, connector: Path | str = "./connector") -> tuple[int, str]:
        """The exit code, and what was printed."""
        with self.start(connector) as run:
            return run.wait(120), run.communicate()[0]

    def write_connector(self, script: str) -> None:
        (self.path / "connector").write_text(f"#!/bin/sh\n{script}\n")
        (self.path / "connector").chmod(0o755)

    def run_with(self, messages: str, status: int = 0) -> None:
        """Run with a connector that writes these messages and saves its arguments."""
        (self.path / "messages").write_text(messages)
        self.write_connector(f'echo "$@" >>arguments; cat messages; exit {status}')
        assert self.run()[0] == status

    def lines(self) -> list[str]:
        files = sorted((self.path / "records").glob("*.jsonl"))
        return [line for file in files for line in file.read_text().splitlines()]

    def ids(self, stream: str) -> list[str]:
        records = [json.loads(line)["record"] for line in self.lines()]
        return [record["data"]["id"] for record in records if record["stream"] == stream]

    def state(self) -> dict[str, str]:
        """Stream -> `created_at` of its state."""
        states = [one["stream"] for one in json.loads((self.path / "state.json").read_text())]
        return {s["stream_descriptor"]["name"]: s["stream_state"]["created_at"] for s in states}


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def _record(data: str) -> str:
    return f'{{"type":"RECORD","record":{{"stream":"events","data":{data},"emitted_at":1}}}}\n'


def _state(stream: str, created_at: str) -> str:
    """As the connector writes it."""
    descriptor = {"stream_descriptor": {"name": stream}, "stream_state": {"created_at": created_at}}
    message = {"type": "STATE", "state": {"type": "STREAM", "stream": descriptor}}
    return json.dumps(message, separators=(",", ":")) + "\n"


def test_a_failed_run_is_continued_by_the_next(folder: Folder) -> None:
    options = Options(
        events=2_000,
        visits=200,
        tracker=200,
        until="2026-01-01",
        rate_limit=0,
        per_page_maximum=200,
    )
    with Sandbox(options) as api:
        (folder.path / "config.json").write_text(json.dumps(api.config()))
        api.change(fault=["401,after=5"])
        code, printed = folder.run(BIN / "source-circle-events")
        assert (code, len(printed.splitlines())) == (1, 1)
        assert printed.startswith("Circle refused the API token (401).")
        first = {stream: folder.ids(stream) for stream in ENDPOINTS}
        assert 0 < sum(map(len, first.values())) < 2_400
        for stream, end in folder.state().items():
            due = api.ids(ENDPOINTS[stream], until=end.replace("+0000", "Z"))
            assert due.keys() <= {*first[stream]}, "the state is ahead of the records"
        api.change(fault=[])
        assert folder.run(BIN / "source-circle-events") == (0, "")
        for stream, endpoint in ENDPOINTS.items():
            assert {*folder.ids(stream)} == api.ids(endpoint).keys()
    left = {entry.name for entry in folder.path.iterdir()}
    assert left == {"config.json", "catalog.json", "state.json", "records", "lock"}
    assert (folder.path / "state.json").stat().st_mode & 0o077 == 0


def test_records_are_kept_to_the_letter_and_states_by_stream(folder: Folder) -> None:
    record = _record('{"id":"a","n":12345678901234567890123,"x":1.10,"t":"\\u0000 \\ud800 ü"}')
    states = [_state("events", "1"), _state("member_visits", "2"), _state("events", "3")]
    folder.run_with(record + "".join(states))
    assert folder.lines() == [record.rstrip()]
    folder.run_with(_state("events", "4"), status=3)
    assert folder.state() == {"events": "4", "member_visits": "2"}
    arguments = (folder.path / "arguments").read_text().splitlines()
    assert arguments == ["read --config config.json --catalog catalog.json --state state.json"] * 2


@pytest.mark.parametrize("kept", [False, True])
def test_what_a_killed_run_left_is_kept_once(folder: Folder, kept: bool) -> None:
    """Killed while it read, or (`kept`) while it kept what it had read."""
    whole = _record('{"id":"a"}') + _state("events", "2025-01-01") + _record('{"id":"b"}')
    left = folder.path / "2025-01-02T00-00-00Z.run"
    left.write_text(whole + _record('{"id":"c"}')[:-20])
    if kept:
        (folder.path / "records").mkdir()
        (folder.path / "records" / f"{left.stem}.jsonl").write_text(_record('{"id":"a"}'))
    folder.run_with("")
    assert folder.ids("events") == ["a", "b"]
    assert folder.state() == {"events": "2025-01-01"}
    assert not list(folder.path.glob("*.run")) + list(folder.path.glob("*.part"))


def test_two_at_once_with_kills_lose_no_record(folder: Folder) -> None:
    folder.write_connector(f"""
        from=$(sed -nE 's/.*"created_at": ?"([0-9]+)".*/\\1/p' state.json)
        for n in $(seq $((${{from:-0}} + 1)) $((${{from:-0}} + 40))); do
            printf '{_record('{"id":"%s"}').strip()}\\n' "$n"
            [ $((n % 7)) -ne 0 ] || printf '{_state("events", "%s").strip()}\\n' "$n"
            sleep 0.002
        done""")
    for turn in range(4):
        runs = [folder.start() for _ in range(2)]
        time.sleep(0.05 * turn)
        for run in runs[: turn % 3]:
            os.killpg(run.pid, signal.SIGKILL)
        for run in runs:
            run.communicate(timeout=30)
        assert any(run.returncode for run in runs), "one of two at once is refused or killed"
    assert folder.run()[0] == 0
    last = int(folder.state()["events"])
    assert {str(n) for n in range(1, last + 1)} <= set(folder.ids("events"))


@pytest.mark.parametrize("damaged", ["", '[{"type":"STREAM"'])
def test_a_damaged_state_stops_each_run_until_someone_acts(folder: Folder, damaged: str) -> None:
    (folder.path / "state.json").write_text(damaged)
    (folder.path / "left.run").write_text(_record('{"id":"a"}') + _state("events", "5"))
    folder.run_with(_state("events", "9"), status=1)
    assert (folder.path / "state.json").read_text() == damaged
    assert not (folder.path / "arguments").exists()
    (folder.path / "state.json").unlink()
    folder.run_with("")
    assert folder.state() == {"events": "5"}
