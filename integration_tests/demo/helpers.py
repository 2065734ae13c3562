"""What several tests of the demo and the examples need to know."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from harness.streams import ROOT
from sandbox import Sandbox

EXAMPLE = ROOT / "examples" / "sync_to_duckdb.py"


@dataclass(frozen=True)
class Warehouse:
    file: Path
    api: Sandbox
    runs: tuple[str, str]
    """What the example printed, run by run."""


def ask(file: Path, query: str) -> list[Any]:
    with duckdb.connect(file, read_only=True) as database:
        return database.execute(query).fetchall()


def configured(folder: Path, api: Sandbox, **more: object) -> Path:
    """Writes the config, and names the database beside it."""
    (folder / "config.json").write_text(json.dumps({**api.config(), **more}))
    return folder / "circle.duckdb"


def sync(folder: Path, file: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """The example in Python, called as a user would call it."""
    return subprocess.run(
        [sys.executable, EXAMPLE, "config.json", file, *options],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def run_example(folder: Path, file: Path) -> str:
    """What the example printed; it went well."""
    run = sync(folder, file)
    assert (run.returncode, run.stderr) == (0, "")
    return run.stdout
