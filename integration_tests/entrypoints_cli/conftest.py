"""The console script beside a sandbox, in a folder with a config and a catalog."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from harness.streams import ROOT
from sandbox import Options, Sandbox

SCRIPT = str(Path(sys.executable).parent / "source-circle-events")
READ = [SCRIPT, "read", "--config", "config.json", "--catalog", "catalog.json"]
DISCOVER = [SCRIPT, "discover", "--config", "config.json"]
CHECK = [SCRIPT, "check", "--config", "config.json"]


@pytest.fixture(scope="session")
def service() -> Iterator[Sandbox]:
    settled = (datetime.now(UTC) - timedelta(minutes=5)).isoformat()
    with Sandbox(Options(events=5_000, visits=100, tracker=100, until=settled)) as running:
        yield running


@pytest.fixture
def api(service: Sandbox) -> Iterator[Sandbox]:
    yield service
    service.change(latency=0.0, fault=[])


@pytest.fixture(autouse=True)
def folder(service: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with a config and a catalog."""
    (tmp_path / "config.json").write_text(json.dumps(service.config()))
    (tmp_path / "catalog.json").write_bytes((ROOT / "examples" / "catalog.json").read_bytes())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_PROXY", "*")
    return tmp_path


@pytest.fixture
def configure(service: Sandbox, folder: Path) -> Callable[..., None]:
    """Puts settings into the config."""

    def write(**settings: object) -> None:
        (folder / "config.json").write_text(json.dumps(service.config() | settings))

    return write


def run(command: list[str], **options: Any) -> subprocess.CompletedProcess[bytes]:
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
    return subprocess.run(command, timeout=60, check=False, **streams)


def messages(ended: subprocess.CompletedProcess[bytes]) -> list[dict[str, Any]]:
    """What it printed, which must be the protocol and nothing else."""
    assert ended.stderr == b""
    return [json.loads(line) for line in ended.stdout.decode().split("\n") if line]


def records(ended: subprocess.CompletedProcess[bytes], stream: str = "events") -> int:
    return sum(
        message["type"] == "RECORD" and message["record"]["stream"] == stream
        for message in messages(ended)
    )


def error(ended: subprocess.CompletedProcess[bytes]) -> tuple[str, str]:
    """Kind and message of the error that a command ended with, without a traceback in the log."""
    assert ended.returncode == 1
    traces = [message["trace"] for message in messages(ended) if message["type"] == "TRACE"]
    errors = [trace["error"] for trace in traces if trace["type"] == "ERROR"]
    logged = [message["log"]["message"] for message in messages(ended) if message["type"] == "LOG"]
    assert not [line for line in logged if "Traceback" in line]
    (told,) = errors
    return told["failure_type"], told["message"]
