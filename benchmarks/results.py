"""Measured figures, kept as JSON so that the page can be written again without measuring again."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

FOLDER = Path(__file__).parent / "results"
Run = dict[str, Any]
Runs = dict[str, list[Run]]


def save(name: str, findings: object) -> None:
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}"
    measured = f"{datetime.now(UTC):%Y-%m-%d}"
    content = {"measured": measured, "machine": machine, "findings": findings}
    (FOLDER / f"{name}.json").write_text(json.dumps(content, indent=1) + "\n")


def middle(runs: list[Run], figure: str) -> float:
    """The median of one figure."""
    return float(median(run[figure] for run in runs))


def per_record(runs: list[Run], figure: str) -> float:
    """The median of one figure in microseconds a record."""
    return float(median(run[figure] / run["records"] for run in runs)) * 1e6


def megabytes(runs: list[Run]) -> str:
    return f"{max(run['peak'] for run in runs) / 1e6:.0f} MB"


def table(head: str, rows: Iterable[Sequence[object]]) -> str:
    """Markdown; `head` has its titles apart by `|`, and all but the first column to the right."""
    titles = head.split("|")
    lines = [titles, ["---"] + ["--:"] * (len(titles) - 1), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines) + "\n"
