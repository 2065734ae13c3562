"""What was measured, kept as JSON; from it docs/benchmarks.md, without measuring anew."""

from __future__ import annotations

import json
import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.bench import Run
from benchmarks.programs import CONNECTOR
from benchmarks.sections import SECTIONS, Section
from harness.pages import rewrite, table
from harness.streams import ROOT

_RESULTS = Path(__file__).parent / "results"
_DOCS = ROOT / "docs"


def save(name: str, findings: dict[str, list[Run]]) -> None:
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}"
    measured = f"{datetime.now(UTC):%Y-%m-%d}"
    content = {"measured": measured, "machine": machine, "findings": findings}
    (_RESULTS / f"{name}.json").write_text(json.dumps(content, indent=1) + "\n")


def write() -> None:
    parts = [
        _text(section, json.loads(file.read_bytes()))
        for name, section in SECTIONS.items()
        if (file := _RESULTS / f"{name}.json").exists()
    ]
    rewrite(_DOCS / "benchmarks.md", "".join(parts) + "\n")


def _text(section: Section, found: dict[str, Any]) -> str:
    findings: dict[str, list[Run]] = found["findings"]
    compared_with = findings[section.compared_with or next(iter(findings))]
    rows = []
    for name, runs in findings.items():
        shown = f"**{name}**" if name == CONNECTOR.name else name
        columns = (column(runs, compared_with) for column in section.columns.values())
        rows.append((shown, *columns))
    return (
        f"\n## {section.title}\n\n{section.text}\n\n"
        + table((section.first, *section.columns), rows, "--:")
        + f"\n<sub>Measured {found['measured']}: {found['machine']}.</sub>\n"
    )
