"""`python -m demo` as a stranger runs it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from helpers import Warehouse, ask

from harness.streams import ROOT, STREAMS
from sandbox import Sandbox

_NEEDS_SETPRIV = pytest.mark.skipif(not shutil.which("setpriv"), reason="Linux alone can do that")


@contextmanager
def _demo(file: Path, *arguments: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-m", "demo", "--file", str(file), *arguments],
        cwd=ROOT,
        env=os.environ | {"COLUMNS": "100"} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def _read_up_to(line: str, process: subprocess.Popen[str]) -> None:
    assert any(line in shown for shown in process.stdout or ())


def _numbers(output: str, stream: str) -> list[list[int]]:
    """The numbers in the lines of tables about `stream`."""
    lines = re.findall(rf"^ *{stream} +([\d, ]+?) *$", output, re.MULTILINE)
    return [[int(number.replace(",", "")) for number in line.split()] for line in lines]


def test_it_shows_two_syncs_and_a_chart(tmp_path: Path) -> None:
    file = tmp_path / "out" / "circle.duckdb"
    with _demo(file, "--events", "4000") as process:
        output, errors = process.communicate(timeout=300)
    assert (process.returncode, errors) == (0, "")
    for stream in STREAMS:
        first, (before, received, after) = _numbers(output, stream)
        assert first == [0, before, before]
        assert received > 0
        assert after == before + received
        assert ask(file, f"SELECT count(DISTINCT id) FROM {stream}") == [(after,)]
    assert "Every record received is a new row" in output
    assert re.search(r"post\.liked +A member liked a post", output)
    days = re.findall(r"^ *(\d+) +█[█▉▊▋▌▍▎▏]* +\w{3} \d\d \w{3}", output, re.MULTILINE)
    assert 10 < len(days) <= 14
    # Its last word is a command to try.
    command = output.rstrip().splitlines()[-1]
    tried = subprocess.run(
        command, shell=True, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert "space_name" in tried.stdout, tried.stderr


def test_with_a_token_it_goes_on_with_the_file_that_is_there(
    tmp_path: Path, warehouse: Warehouse
) -> None:
    file = tmp_path / "mine.duckdb"
    shutil.copy(warehouse.file, file)
    config = warehouse.api.config()
    environment = {f"CIRCLE_{key.upper()}": value for key, value in config.items()}
    asked = len(warehouse.api.requests())
    with _demo(file, **environment) as process:
        output, errors = process.communicate(timeout=300)
    assert (process.returncode, errors) == (0, "")
    assert "Start the sandbox" not in output
    assert config["api_token"] not in output + file.with_suffix(".log").read_text()
    ((before,),) = ask(warehouse.file, "SELECT count(*) FROM events")
    assert _numbers(output, "events")[-1][-1] >= before
    served = sum(request["records"] for request in warehouse.api.requests(since=asked))
    assert served < before, "the rows in the file were read again"


def test_a_wrong_token_ends_in_a_sentence(tmp_path: Path, api: Sandbox) -> None:
    environment = {"CIRCLE_API_TOKEN": "wr0ng-t0ken", "CIRCLE_BASE_URL": api.base_url}
    with _demo(tmp_path / "mine.duckdb", **environment) as process:
        output, errors = process.communicate(timeout=120)
    assert (process.returncode, errors) == (1, "")
    assert "✗ Circle refused the API token (401)." in output
    assert "Traceback" not in output
    assert "wr0ng-t0ken" not in output


@pytest.mark.parametrize(
    ("line", "seconds_later", "number"),
    [
        ("Start the sandbox", 0, signal.SIGINT),
        ("Check the connection", 1, signal.SIGINT),
        ("First sync", 2, signal.SIGINT),
        ("First sync", 2, signal.SIGTERM),
        ("First sync", 2, signal.SIGHUP),
        pytest.param("First sync", 2, signal.SIGKILL, marks=_NEEDS_SETPRIV),
    ],
)
def test_whatever_ends_it_leaves_nothing(
    tmp_path: Path, line: str, seconds_later: float, number: signal.Signals
) -> None:
    mark = {"CIRCLE_TEST": uuid.uuid4().hex}
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    with _demo(tmp_path / "circle.duckdb", TMPDIR=str(temporary), **mark) as process:
        _read_up_to(line, process)
        time.sleep(seconds_later)
        if line == "First sync":
            assert len(_living(mark)) > 1
        # Ctrl-C strikes all that belong to the terminal.
        (os.killpg if number == signal.SIGINT else os.kill)(process.pid, number)
        output, errors = process.communicate(timeout=30)
    if number == signal.SIGKILL:
        deadline = time.monotonic() + 15
        while _living(mark) and time.monotonic() < deadline:
            time.sleep(0.05)
    else:
        assert (process.returncode, errors) == (130, "")
        assert "nothing is left running" in output
        assert list(temporary.iterdir()) == [], "the config holds the token"
    assert _living(mark) == []


def _living(mark: Mapping[str, str]) -> list[str]:
    """The commands of all processes that have `mark` in their environment."""
    wanted = {f"{name}={value}" for name, value in mark.items()}
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if wanted <= set((process / "environ").read_text(errors="replace").split("\0")):
                found.append((process / "cmdline").read_text().replace("\0", " "))
        except OSError:  # it ended meanwhile, is someone else's, or is a zombie
            continue
    return found


def test_two_at_once_do_not_delete_each_others_file(tmp_path: Path) -> None:
    file = tmp_path / "circle.duckdb"
    with _demo(file) as first:
        _read_up_to("Start the sandbox", first)
        with _demo(file) as second:
            output, errors = second.communicate(timeout=60)
        first.send_signal(signal.SIGTERM)
        first.communicate(timeout=30)
    assert (second.returncode, errors) == (1, "")
    assert "Another demo is using" in output


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with _demo(tmp_path / "file" / "circle.duckdb") as process:
        output, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (1, "")
    assert "cannot be written" in output
    assert len(output.splitlines()) == 1
