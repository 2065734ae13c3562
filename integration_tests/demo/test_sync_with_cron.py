"""The example for cron: records in files, state beside them, whatever happens half-way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest

from harness.connector import BIN
from harness.streams import ENDPOINTS, ROOT
from sandbox import Options, Sandbox


class Folder:
    """What cron's line names."""

    def __init__(self, path: Path) -> None:
        self.path = path
        (path / "config.json").write_text('{"api_token": "t"}')

    def run(
        self, connector: Path = BIN / "source-circle-events"
    ) -> subprocess.CompletedProcess[str]:
        # As little as cron gives, and what this machine needs to run Python at all.
        needed = {name: os.environ.get(name, "") for name in ("PYTHONPATH", "LD_LIBRARY_PATH")}
        return subprocess.run(
            [ROOT / "examples" / "sync_with_cron.sh", self.path],
            env=needed | {"PATH": "/usr/bin:/bin", "SOURCE_CIRCLE_EVENTS": str(connector)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def write_connector(self, script: str) -> Path:
        file = self.path / "connector"
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)
        return file

    def run_with(self, said: str, status: int = 0) -> None:
        """With a connector that says this and notes how it was called."""
        (self.path / "said").write_text(said)
        connector = self.write_connector(f'echo "$@" >>asked; cat said; exit {status}')
        assert self.run(connector).returncode == status

    def start(self) -> subprocess.Popen[bytes]:
        """A run with the connector written before, in a process group of its own."""
        script = [ROOT / "examples" / "sync_with_cron.sh", self.path]
        variables = {"PATH": "/usr/bin:/bin", "SOURCE_CIRCLE_EVENTS": "./connector"}
        return subprocess.Popen(
            script, env=variables, stderr=subprocess.DEVNULL, start_new_session=True
        )

    def lines(self) -> list[str]:
        files = sorted((self.path / "records").glob("*.jsonl"))
        return [line for file in files for line in file.read_text().splitlines()]

    def ids(self, stream: str) -> list[str]:
        records = [json.loads(line)["record"] for line in self.lines()]
        return [record["data"]["id"] for record in records if record["stream"] == stream]

    def state(self) -> dict[str, str]:
        """Stream -> the `created_at` it was read up to."""
        states = [one["stream"] for one in json.loads((self.path / "state.json").read_text())]
        return {s["stream_descriptor"]["name"]: s["stream_state"]["created_at"] for s in states}


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_runs_that_fail_and_runs_that_do_not_lose_nothing(folder: Folder) -> None:
    def passed(api: Sandbox) -> dict[str, set[str]]:
        """What the state says was read."""
        ends = {stream: end.replace("+0000", "Z") for stream, end in folder.state().items()}
        return {stream: {*api.ids(ENDPOINTS[stream], until=ends[stream])} for stream in ends}

    with Sandbox(Options(events=20_000, visits=500, tracker=500, rate_limit=0)) as api:
        config = {**api.config(), "settling_period": "PT1S"}
        (folder.path / "config.json").write_text(json.dumps(config))
        api.change(fault=["401,after=9"])

        failed = folder.run()
        assert failed.returncode == 1
        assert failed.stderr.startswith("Circle refused the API token (401).")
        assert len(failed.stderr.splitlines()) == 1
        received = {stream: set(folder.ids(stream)) for stream in ENDPOINTS}
        assert 0 < sum(map(len, received.values())) < 21_000
        for stream, ids in passed(api).items():
            assert ids <= received[stream], "the state is ahead of the records"

        api.change(fault=[])
        for _ in range(2):
            run = folder.run()
            assert (run.returncode, run.stderr, run.stdout) == (0, "", "")
        for stream, due in passed(api).items():
            kept = Counter(folder.ids(stream))
            assert due <= kept.keys()
            repeated = {row for row, times in kept.items() if times > 1}
            assert repeated <= received[stream], "the last run read again what the one before had"
    left = {entry.name for entry in folder.path.iterdir()}
    assert left == {"config.json", "catalog.json", "state.json", "records", "lock"}
    assert (folder.path / "state.json").stat().st_mode & 0o077 == 0


def _record(data: str) -> str:
    return f'{{"type":"RECORD","record":{{"stream":"events","data":{data},"emitted_at":1}}}}\n'


def _state(stream: str, created_at: str) -> str:
    """As the connector writes it."""
    descriptor = {"stream_descriptor": {"name": stream}, "stream_state": {"created_at": created_at}}
    message = {"type": "STATE", "state": {"type": "STREAM", "stream": descriptor}}
    return json.dumps(message, separators=(",", ":")) + "\n"


def test_records_are_kept_to_the_letter(folder: Folder) -> None:
    record = _record('{"id":"a","n":12345678901234567890123,"x":1.10,"t":"\\u0000 \\ud800 ü"}')
    folder.run_with(record)
    assert folder.lines() == [record.rstrip()]


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


def test_the_state_of_each_stream_is_its_last_one_ever(folder: Folder) -> None:
    folder.run_with(_state("events", "1") + _state("member_visits", "2") + _state("events", "3"))
    folder.run_with(_state("events", "4"), status=3)
    assert folder.state() == {"events": "4", "member_visits": "2"}
    asked = (folder.path / "asked").read_text().splitlines()
    assert asked == ["read --config config.json --catalog catalog.json --state state.json"] * 2


def test_a_connector_that_is_not_there_is_a_sentence(folder: Folder) -> None:
    run = folder.run(Path("source-circle-events"))
    assert run.returncode == 1
    assert "Set SOURCE_CIRCLE_EVENTS" in run.stderr


def test_two_at_once_with_kills_lose_no_record(folder: Folder) -> None:
    record = '{"type":"RECORD","record":{"stream":"events","data":{"id":"%s"},"emitted_at":1}}'
    folder.write_connector(f"""
        from=$(sed -nE 's/.*"created_at": ?"([0-9]+)".*/\\1/p' state.json)
        for n in $(seq $((${{from:-0}} + 1)) $((${{from:-0}} + 40))); do
            printf '{record}\\n' "$n"
            [ $((n % 7)) -ne 0 ] || printf '%s\\n' "$(printf '{_state("events", "%s").strip()}' "$n")"
            sleep 0.002
        done""")
    for turn in range(4):
        runs = [folder.start() for _ in range(2)]
        time.sleep(0.05 * turn)
        for run in runs[: turn % 3]:
            os.killpg(run.pid, signal.SIGKILL)
        ends = sorted(run.wait(30) for run in runs)
        assert ends[-1] != 0, "one of two at once is refused or killed"
    folder.start().wait(30)
    last = int(folder.state()["events"])
    assert {str(n) for n in range(1, last + 1)} <= set(folder.ids("events"))


@pytest.mark.parametrize("damaged", ["", "[", '[{"type":"STREAM"', '[\n{"a": 1}\n]', "{}"])
def test_a_damaged_state_stops_each_run_until_someone_acts(folder: Folder, damaged: str) -> None:
    (folder.path / "state.json").write_text(damaged)
    (folder.path / "left.run").write_text(_record('{"id":"a"}') + _state("events", "5"))
    for _ in range(2):
        folder.run_with(_state("events", "9"), status=1)
        assert (folder.path / "state.json").read_text() == damaged
    assert not (folder.path / "asked").exists()
    (folder.path / "state.json").unlink()
    folder.run_with("")
    assert folder.state() == {"events": "5"}
