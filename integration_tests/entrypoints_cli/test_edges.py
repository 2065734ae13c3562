"""Where the console script meets a shell: what ends it, by which exit code, and what it says then."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox import Options, Sandbox

ROOT = Path(__file__).parents[2]
SCRIPT = str(Path(sys.executable).parent / "source-circle-events")
READ = [SCRIPT, "read", "--config", "config.json", "--catalog", "catalog.json"]
DISCOVER = [SCRIPT, "discover", "--config", "config.json"]
CHECK = [SCRIPT, "check", "--config", "config.json"]


@pytest.fixture(scope="module")
def service() -> Iterator[Sandbox]:
    with Sandbox(Options(events=20_000, visits=100, tracker=100)) as running:
        yield running


@pytest.fixture
def api(service: Sandbox) -> Iterator[Sandbox]:
    yield service
    service.change(latency=0.0)


@pytest.fixture(autouse=True)
def folder(service: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with a config and a catalog."""
    (tmp_path / "config.json").write_text(json.dumps(service.config()))
    (tmp_path / "catalog.json").write_bytes((ROOT / "examples" / "catalog.json").read_bytes())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_PROXY", "*")
    return tmp_path


def run(command: list[str], **options: Any) -> subprocess.CompletedProcess[bytes]:
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
    return subprocess.run(command, timeout=60, check=False, **streams)


@pytest.mark.parametrize("command", [READ, DISCOVER, CHECK])
def test_given_a_reader_that_leaves_then_141_and_no_word(command: list[str]) -> None:
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        said = process.stderr.read()

    assert (process.returncode, said) == (141, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
@pytest.mark.parametrize("command", [READ, DISCOVER, CHECK, [SCRIPT, "spec"]])
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
    assert time.monotonic() - started < 2
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize(
    "locale", [{"PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "cp1252"}, {"LC_ALL": "C"}]
)
def test_given_another_locale_then_every_line_is_utf8_all_the_same(
    folder: Path, locale: dict[str, str]
) -> None:
    ended = run(READ, env={**os.environ, **locale})
    assert ended.returncode == 0
    messages = [json.loads(line) for line in ended.stdout.decode("utf-8").split("\n") if line]
    records = [m["record"]["data"] for m in messages if m["type"] == "RECORD"]
    assert len(records) == 20_200

    # A log line with what no locale of these has, and a file name in it.
    ended = run([*READ[:2], "--config", "\u2603.json", *READ[4:]], env={**os.environ, **locale})
    assert ended.returncode == 1
    assert [json.loads(line)["type"] for line in ended.stdout.splitlines()] == ["TRACE"]


@pytest.mark.parametrize("arguments", [[], ["nope"], ["--config"]])
def test_given_no_command_then_usage_and_2(arguments: list[str]) -> None:
    ended = run([SCRIPT, *arguments])

    assert (ended.returncode, ended.stdout) == (2, b"")
    assert ended.stderr.startswith(b"usage: source-circle-events")


@pytest.mark.parametrize("option", ["--manifest-path", "--components-path"])
def test_given_another_manifest_then_it_is_refused(option: str) -> None:
    ended = run([*CHECK, option, "other.yaml"])

    assert ended.returncode == 1
    (line,) = ended.stdout.splitlines()
    error = json.loads(line)["trace"]["error"]
    assert error["failure_type"] == "config_error"
    assert option in error["message"]


def test_given_a_config_from_a_pipe_then_it_is_read_once(folder: Path) -> None:
    config = (folder / "config.json").read_text()
    ended = run([SCRIPT, "check", "--config", "/dev/stdin"], input=config.encode())

    assert ended.returncode == 0
    assert b'"SUCCEEDED"' in ended.stdout


def test_given_a_failure_while_requests_hang_then_the_process_is_gone_when_it_says_so(
    api: Sandbox, folder: Path
) -> None:
    (folder / "config.json").write_text(json.dumps({**api.config(), "api_token": "wrong"}))
    with subprocess.Popen(READ, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        said = time.monotonic()
        errors = []
        for line in process.stdout:
            message = json.loads(line)
            if message["type"] == "TRACE" and message["trace"]["type"] == "ERROR":
                errors.append(message["trace"]["error"])
                said = time.monotonic()
        process.wait(30)

    assert time.monotonic() - said < 2
    assert process.returncode == 1
    assert {error["failure_type"] for error in errors} == {"config_error"}


def test_given_debug_then_path_and_status_of_requests_are_shown_and_no_token(api: Sandbox) -> None:
    ended = run([*READ, "--debug"])

    assert ended.returncode == 0
    logged = [line for line in ended.stdout.splitlines() if b'"RECORD"' not in line]
    assert any(b"/events" in line and b"200" in line for line in logged)
    assert api.config()["api_token"].encode() not in b"".join(logged)


def test_given_a_stream_that_does_not_exist_then_those_there_are_are_named(folder: Path) -> None:
    catalog = json.loads((folder / "catalog.json").read_bytes())
    catalog["streams"][0]["stream"]["name"] = "members"
    (folder / "catalog.json").write_text(json.dumps(catalog))
    ended = run(READ)

    assert ended.returncode == 1
    assert b'"RECORD"' not in ended.stdout
    assert b"there are events, member_visits, tracker_events" in ended.stdout
