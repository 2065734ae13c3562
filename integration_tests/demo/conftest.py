"""One sandbox and one DuckDB file for all tests here.

The file is filled as a user would fill it, by two runs of the example in processes of their own.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from integration_tests.demo.helpers import Warehouse, configured, run_example
from sandbox import Options, Sandbox


@pytest.fixture(scope="session")
def api() -> Iterator[Sandbox]:
    options = Options(events=8_000, visits=2_000, tracker=2_000, days=180, growth=900, rate_limit=0)
    with Sandbox(options) as running:
        yield running


@pytest.fixture(scope="session")
def warehouse(api: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    folder = tmp_path_factory.mktemp("warehouse")
    file = configured(folder, api, settling_period="PT1S")
    first, second = (run_example(folder, file) for _ in range(2))
    return Warehouse(file, api, (first, second))
