"""Runs the DuckDB example as a user would, and asks the file that it fills."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb

from harness.streams import ROOT
from sandbox import Sandbox

EXAMPLE = ROOT / "examples" / "sync_to_duckdb.py"


def ask(file: Path, query: str) -> list[Any]:
    with duckdb.connect(file, read_only=True) as database:
        return database.execute(query).fetchall()


def configured(folder: Path, api: Sandbox, **more: object) -> Path:
    """Writes the config, and names the database beside it."""
    (folder / "config.json").write_text(json.dumps({**api.config(), **more}))
    return folder / "circle.duckdb"


def sync(folder: Path, file: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(EXAMPLE), "config.json", str(file)]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
