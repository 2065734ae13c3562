"""The PyAirbyte example continues from its state and leaves no file with the token."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from harness.streams import ROOT
from integration_tests.examples.helpers import configured
from sandbox import Options, Sandbox

# Not importorskip: the import takes seconds, in each worker.
pytestmark = pytest.mark.skipif(not find_spec("airbyte"), reason="needs Python below 3.13")


def _start(folder: Path) -> subprocess.Popen[str]:
    (folder / "tmp").mkdir(exist_ok=True)
    variables = {"AIRBYTE_LOGGING_ROOT": str(folder / "logs"), "TMPDIR": str(folder / "tmp")}
    return subprocess.Popen(
        [sys.executable, ROOT / "examples" / "sync_with_pyairbyte.py", "config.json", "a.duckdb"],
        cwd=folder,
        env=os.environ | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_it_continues_and_a_sigterm_leaves_no_file_with_the_token(tmp_path: Path) -> None:
    options = Options(events=500, visits=50, tracker=50, until="2026-01-01", token="s3cr3t-t0ken")
    with Sandbox(options) as api:
        configured(tmp_path, api)
        api.change(fault=["403,stream=member_visits"])
        run = _start(tmp_path)
        output, errors = run.communicate(timeout=180)
        assert run.returncode == 1
        assert "events: 500 records read, 500 rows" in output
        assert "tracker_events: 50 records read, 50 rows" in output
        assert "ERROR: Circle accepted the API token" in errors
        assert "Not read: member_visits." in errors.splitlines()[-1]

        api.change(fault=[])
        run = _start(tmp_path)
        assert any(line.startswith("events: 0 records read, 500 ") for line in run.stdout or ())
        api.change(latency=2.0)
        (private,) = (tmp_path / "tmp").glob("circle-*")
        assert private.stat().st_mode & 0o077 == 0
        run.send_signal(signal.SIGTERM)
        run.communicate(timeout=30)
    assert run.returncode in (1, 128 + signal.SIGTERM)  # PyAirbyte may take it for a failed stream
    files = [file for file in (tmp_path / "tmp").rglob("*") if file.is_file()]
    assert [file for file in files if "s3cr3t" in file.read_text(errors="replace")] == []
