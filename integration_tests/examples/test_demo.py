"""`python -m demo` as a user runs it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from harness.streams import ROOT, STREAMS
from integration_tests.examples.helpers import ask
from sandbox import Options, Sandbox


def _demo(file: Path, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "demo", "--file", str(file), *arguments],
        cwd=ROOT,
        env=os.environ | {"COLUMNS": "100"} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def _numbers(output: str, stream: str) -> list[list[int]]:
    """The numbers in each table row of `stream`."""
    lines = re.findall(rf"^ *{stream} +([\d, ]+?) *$", output, re.MULTILINE)
    return [[int(number.replace(",", "")) for number in line.split()] for line in lines]


def test_it_shows_two_syncs_and_two_charts(tmp_path: Path) -> None:
    file = tmp_path / "out" / "circle.duckdb"
    with _demo(file, "--events", "1000") as process:
        output, errors = process.communicate(timeout=300)
    assert (process.returncode, errors) == (0, "")
    for stream in STREAMS:
        first, (before, received, after) = _numbers(output, stream)
        assert first == [0, before, before]
        assert received > 0
        assert after == before + received
        assert ask(file, f"SELECT count(DISTINCT id) FROM {stream}") == [(after,)]
    assert "Every record is a new row" in output
    assert len(re.findall(r"^ *\d{4}-\d\d-\d\d \w{3} +\d+ +█", output, re.MULTILINE)) == 14
    assert re.search(r"post\.liked +[\d,]+ +█", output)
    command = output.rstrip().splitlines()[-1]
    tried = subprocess.check_output(command, shell=True, cwd=ROOT, text=True, timeout=60)
    assert "payload" in tried


def test_with_a_token_it_continues_the_file(tmp_path: Path) -> None:
    file = tmp_path / "circle.duckdb"
    with duckdb.connect(file) as database:
        database.execute("CREATE TABLE kept AS SELECT 1")
    with Sandbox(Options(events=500, visits=50, tracker=50, until="2026-01-01")) as api:
        config = api.config()
        environment = {f"CIRCLE_{key.upper()}": value for key, value in config.items()}
        with _demo(file, **environment) as process:
            output, errors = process.communicate(timeout=300)
    assert (process.returncode, errors) == (0, "")
    assert config["api_token"] not in output
    assert _numbers(output, "events") == [[0, 500, 500], [500, 0, 500]]
    assert ask(file, "FROM kept") == [(1,)]


@pytest.mark.parametrize(
    ("number", "step"), [(signal.SIGINT, "First sync"), (signal.SIGHUP, "Start the sandbox")]
)
def test_a_signal_leaves_nothing_behind(tmp_path: Path, number: signal.Signals, step: str) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    with _demo(tmp_path / "circle.duckdb", TMPDIR=str(temporary)) as process:
        assert any(step in line for line in process.stdout or ())
        (os.killpg if number == signal.SIGINT else os.kill)(process.pid, number)
        output, errors = process.communicate(timeout=30)  # ends when no process has the pipes
    assert (process.returncode, errors) == (130, "")
    assert "Nothing is left running" in output
    assert list(temporary.iterdir()) == [], "the config contains the token"
