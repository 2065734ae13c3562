"""Where the console script meets a shell: what ends it, by which exit code, and what it says then."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from harness.connector import Connector
from harness.process import Kill, Reader, on_loopback
from harness.protocol import Output
from harness.streams import configured
from integration_tests.entrypoints.conftest import in_shell, logged
from sandbox import Sandbox

NO_ROOM = pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")


@pytest.fixture
def read(cli: Connector, api: Sandbox) -> Callable[..., Output]:
    """A read of everything, whatever becomes of it."""
    return partial(cli.attempt, "read", api.config(), catalog=configured())


@pytest.mark.parametrize(("verb", "after"), [("read", 1), ("discover", 0)])
def test_given_a_reader_that_leaves_then_141_and_no_word(cli, api, verb, after):
    catalog = configured() if verb == "read" else None
    ended = cli.attempt(verb, api.config(), catalog=catalog, reader=Reader(gone_after=after))

    assert (ended.code, ended.run.stderr) == (141, "")


def test_given_a_pipe_that_does_not_block_then_nothing_is_lost(cli, api):
    """As a parent may have made it: a full one refuses a write, or takes a part of it."""
    command = cli.arguments("read", api.config(), catalog=configured())
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with subprocess.Popen(
        command, stdout=writing, env=on_loopback(PYTHONUNBUFFERED="1")
    ) as process:
        os.close(writing)
        time.sleep(2)  # until it is full
        with os.fdopen(reading, "rb") as pipe:
            lines = pipe.read().split(b"\n")

    assert sum(b'"RECORD"' in line for line in lines) == 7_000
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("verb", "where", "why"),
    [
        pytest.param("read", "> /dev/full", "no space left on device", marks=NO_ROOM),
        ("spec", ">&-", "bad file descriptor"),
    ],
)
def test_given_output_that_cannot_be_written_then_one_sentence(cli, api, verb, where, why):
    files = {"config": api.config(), "catalog": configured()} if verb == "read" else {}
    ended = in_shell(cli, f'exec "$@" {where}').attempt(verb, **files)

    assert (ended.code, ended.run.stderr) == (1, f"The output cannot be written: {why}.\n")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_given_a_signal_while_it_waits_for_the_service_then_it_is_gone_at_once(
    api, read, tmp_path_factory, number, code
):
    api.change(latency=20.0)
    asked = api.stats()["requests"]
    temporary = tmp_path_factory.mktemp("temporary")
    ended = read(kill=Kill(1, 2.0, number), variables={"TMPDIR": str(temporary)})

    assert (ended.code, ended.run.stderr) == (code, "")
    assert api.stats()["requests"] > asked
    assert ended.run.left_after(0) < 7
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("arguments", ["", "nope", "spec --manifest-path x", "nope 2> /dev/full"])
def test_given_no_command_then_usage_and_2_also_if_nobody_can_read_it(cli, arguments):
    ended = in_shell(cli, f'"$1" {arguments}').attempt("")

    assert (ended.code, ended.run.stdout) == (2, b"")
    assert "2>" in arguments or ended.run.stderr.startswith("usage: source-circle-events")


def test_given_debug_then_path_and_status_of_requests_are_shown_and_no_token(api, read):
    ended = read(debug=True)

    assert (ended.code, ended.invalid_lines, ended.run.stderr) == (0, [], "")
    asked = [line for line in logged(ended, "DEBUG") if "GET" in line]
    assert len(asked) >= 3
    assert all("/data_api/v1/" in line and ": 200" in line for line in asked)
    assert api.token not in ended.run.stdout.decode()
