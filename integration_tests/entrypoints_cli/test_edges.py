"""Where the console script meets a shell: what ends it, by which exit code, and what it says then."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from integration_tests.entrypoints_cli.conftest import (
    CHECK,
    DISCOVER,
    READ,
    SCRIPT,
    error,
    messages,
    run,
)
from sandbox import Sandbox


@pytest.mark.parametrize("command", [READ, DISCOVER])
def test_given_a_reader_that_leaves_then_141_and_no_word(command: list[str]) -> None:
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        said = process.stderr.read()

    assert (process.returncode, said) == (141, b"")


def test_given_a_pipe_that_ends_early_then_no_word() -> None:
    ended = run(["sh", "-c", '"$@" | head -1 > /dev/null', "sh", *READ])

    assert (ended.returncode, ended.stderr) == (0, b"")


def test_given_a_pipe_that_does_not_block_then_nothing_is_lost() -> None:
    """As a parent may have made it: a full one then refuses a write."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with subprocess.Popen(READ, stdout=writing, stderr=subprocess.PIPE) as process:
        os.close(writing)
        time.sleep(2)  # until it is full
        with os.fdopen(reading, "rb") as pipe:
            lines = pipe.read().split(b"\n")
        process.wait(30)

    assert sum(b'"RECORD"' in line for line in lines) == 5_200
    assert process.returncode == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
@pytest.mark.parametrize("command", [READ, [SCRIPT, "spec"]])
def test_given_a_full_disk_then_one_sentence(command: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        ended = run(command, stdout=full)

    assert ended.returncode == 1
    assert ended.stderr == b"The output cannot be written: no space left on device.\n"


def test_given_a_closed_stdout_then_one_sentence() -> None:
    ended = run(["sh", "-c", 'exec "$0" spec >&-', SCRIPT])

    assert ended.returncode == 1
    assert ended.stderr == b"The output cannot be written: bad file descriptor.\n"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, -15)])
def test_given_a_signal_while_it_waits_for_the_service_then_it_is_gone_at_once(
    api: Sandbox, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    api.change(latency=20.0)
    asked = api.stats()["requests"]
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with subprocess.Popen(
        READ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(temporary)},
    ) as process:
        deadline = time.monotonic() + 30
        while api.stats()["requests"] == asked and time.monotonic() < deadline:
            time.sleep(0.05)
        started = time.monotonic()
        process.send_signal(number)
        _, said = process.communicate(timeout=30)

    assert (process.returncode, said) == (code, b"")
    assert time.monotonic() - started < 5
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize(
    "locale", [{"PYTHONIOENCODING": "cp1252"}, {"PYTHONIOENCODING": "ascii", "LC_ALL": "C"}]
)
def test_given_another_locale_then_every_line_is_utf8_all_the_same(
    folder: Path, locale: dict[str, str]
) -> None:
    ended = run(READ, env={**os.environ, **locale})
    assert ended.returncode == 0
    assert sum(message["type"] == "RECORD" for message in messages(ended)) == 5_200

    # A log line with what no locale of these has, and a file name in it.
    ended = run([*READ[:2], "--config", "\u2603.json", *READ[4:]], env={**os.environ, **locale})
    assert ended.returncode == 1
    assert [json.loads(line)["type"] for line in ended.stdout.splitlines()] == ["TRACE"]


@pytest.mark.parametrize("arguments", [[], ["nope"], ["--config"]])
def test_given_no_command_then_usage_and_2(arguments: list[str]) -> None:
    ended = run([SCRIPT, *arguments])

    assert (ended.returncode, ended.stdout) == (2, b"")
    assert ended.stderr.startswith(b"usage: source-circle-events")


def test_given_another_manifest_then_it_is_refused() -> None:
    failure, said = error(run([*CHECK, "--manifest-path", "other.yaml"]))

    assert failure == "config_error"
    assert "--manifest-path" in said


def test_given_a_config_from_a_pipe_then_it_is_read_once(folder: Path) -> None:
    config = (folder / "config.json").read_text()
    ended = run([SCRIPT, "check", "--config", "/dev/stdin"], input=config.encode())

    assert ended.returncode == 0
    assert b'"SUCCEEDED"' in ended.stdout


def test_given_a_refused_token_while_requests_hang_then_the_process_is_gone_when_it_says_so(
    api: Sandbox,
) -> None:
    api.change(fault=["401,stream=events", "hang,stream=member_visits"])
    with subprocess.Popen(READ, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        errors: list[float] = []
        for line in process.stdout:
            message = json.loads(line)
            if message["type"] == "TRACE" and message["trace"]["type"] == "ERROR":
                assert message["trace"]["error"]["failure_type"] == "config_error"
                errors.append(time.monotonic())
        process.wait(30)

    assert time.monotonic() - errors[0] < 5
    assert process.returncode == 1


@pytest.mark.parametrize("how", [["--debug"], []])
def test_given_debug_then_path_and_status_of_requests_are_shown_and_no_token(
    api: Sandbox, how: list[str]
) -> None:
    variables = {} if how else {"LOG_LEVEL": "debug"}
    ended = run([*READ, *how], env={**os.environ, **variables})

    assert ended.returncode == 0
    logs = [message["log"] for message in messages(ended) if message["type"] == "LOG"]
    asked = [log["message"] for log in logs if log["level"] == "DEBUG" and "GET" in log["message"]]
    assert len(asked) >= 3
    assert all("/data_api/v1/" in line and ": 200" in line for line in asked)
    assert api.token not in str(logs)


@pytest.mark.parametrize("where", ["&-", "/dev/full"])
def test_given_usage_that_nobody_can_read_then_still_2(where: str) -> None:
    ended = run(["sh", "-c", f'"$0" nope 2>{where}', SCRIPT])

    assert ended.returncode == 2
