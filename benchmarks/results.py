"""Measured figures, kept as JSON so that the page can be written again without measuring again."""

from __future__ import annotations

import json
import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

_FOLDER = Path(__file__).parent / "results"
Run = dict[str, Any]
Content = dict[str, Any]
""""findings", and when and where they were made."""


def save(name: str, findings: object) -> None:
    _FOLDER.mkdir(exist_ok=True)
    content = {
        "measured": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": _machine(),
        "findings": findings,
    }
    (_FOLDER / f"{name}.json").write_text(json.dumps(content, indent=1) + "\n")


def load(name: str) -> Content | None:
    """What was last measured under `name`; None if nothing was."""
    found = path(name)
    return json.loads(found.read_bytes()) if found else None


def path(name: str) -> Path | None:
    found = _FOLDER / f"{name}.json"
    return found if found.exists() else None


def middle(runs: list[Run], figure: str) -> float:
    """The median of one figure."""
    return float(median(run[figure] for run in runs))


def per_record(runs: list[Run], figure: str) -> float:
    """The median of one figure in microseconds a record."""
    return float(median(run[figure] / run["records"] for run in runs)) * 1e6


def _machine() -> str:
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}"
