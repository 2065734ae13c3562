"""One sandbox and one DuckDB file for all tests here: PyAirbyte takes seconds to import.

The file is filled as a user would fill it, by two runs of the example in processes of their own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from around import ROOT, Warehouse

from sandbox import Options, Sandbox


@pytest.fixture(scope="session")
def api() -> Iterator[Sandbox]:
    options = Options(events=8_000, visits=2_000, tracker=2_000, days=180, growth=900, rate_limit=0)
    with Sandbox(options) as running:
        yield running


@pytest.fixture(scope="session")
def warehouse(api: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    folder = tmp_path_factory.mktemp("warehouse")
    (folder / "config.json").write_text(json.dumps({**api.config(), "settling_period": "PT1S"}))
    file = folder / "circle.duckdb"
    first, second = (_run_example(folder, file) for _ in range(2))
    return Warehouse(file, api, (first, second))


def _run_example(folder: Path, file: Path) -> str:
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
