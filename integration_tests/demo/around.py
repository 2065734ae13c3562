"""What several tests of the demo and the examples need to know."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox import Sandbox

ROOT = Path(__file__).parents[2]
ENDPOINTS = {
    "events": "events",
    "member_visits": "member_visits",
    "tracker_events": "analytics_tracker_events",
}
pyairbyte = pytest.mark.skipif(
    sys.version_info >= (3, 13), reason="PyAirbyte needs Python below 3.13"
)


@dataclass(frozen=True)
class Warehouse:
    file: Path
    api: Sandbox
    runs: tuple[str, str]
    """What the example printed, run by run."""


def living(mark: Mapping[str, str]) -> list[str]:
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


def run_example(folder: Path, file: Path) -> str:
    """What the example in Python printed, called as a user would call it."""
    script = ROOT / "examples" / "sync_to_duckdb.py"
    run = subprocess.run(
        [sys.executable, script, "config.json", file],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env=os.environ | {"AIRBYTE_LOGGING_ROOT": str(folder)},
    )
    assert run.returncode == 0, run.stderr
    return run.stdout
