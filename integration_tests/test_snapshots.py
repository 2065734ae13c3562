"""What users see of the connector before any record: its form, and its columns.

A change to either is a change to every connection. It shows in the diff of the committed snapshots;
`UPDATE_SNAPSHOTS=1 python -m pytest integration_tests/test_snapshots.py` writes them anew.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from sandbox import Options, Sandbox

SNAPSHOTS = Path(__file__).parent / "snapshots"
HISTORY = Options(events=3000, visits=500, tracker=500, days=30, until="2026-01-01T00:00:00Z")


def last_message(*arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "source_circle_events.run", *arguments]
    output = subprocess.run(command, capture_output=True, check=True, text=True, timeout=120)
    return json.loads(output.stdout.splitlines()[-1])


def check(name: str, content: dict[str, Any]) -> None:
    path = SNAPSHOTS / name
    text = json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.write_text(text, "utf-8")
    assert path.read_text("utf-8") == text


def test_given_the_command_spec_then_the_form_is_the_committed_one():
    check("spec.json", last_message("spec")["spec"])


def test_given_a_community_then_the_catalog_is_the_committed_one(tmp_path):
    with Sandbox(HISTORY) as api:
        config = tmp_path / "config.json"
        config.write_text(json.dumps(api.config()))
        first = last_message("discover", "--config", str(config))
        second = last_message("discover", "--config", str(config))
        assert [len(api.requests())] == [6]

    assert first == second
    check("catalog.json", first["catalog"])
