"""Runs a trial, and collects what the tables in docs/ say of it (`--page docs/trials.md`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from harness.connector import BIN
from harness.pages import rewrite, table
from integration_tests.trials.scenario import RUNTIMES, Runtime, Scenario
from integration_tests.trials.trial import Trial

Judge = Callable[..., Trial]


@pytest.fixture
def judge(tmp_path: Path, record_property: Callable[[str, object], None]) -> Judge:
    """Runs one trial, and fails the test with what is wrong."""

    def judged(
        scenario: Scenario,
        runtime: Runtime = "package",
        number: int = 0,
        column: tuple[int, str] | None = None,
        commands: Path = BIN,
    ) -> Trial:
        trial = Trial(scenario, runtime, tmp_path, number, commands)
        named = column or (RUNTIMES.index(runtime), runtime)
        row = [scenario.place, scenario.title, scenario.name, *named]
        record_property("cell", [*row, "BROKEN: the trial did not end"])
        trial.run()
        record_property("cell", [*row, trial.cell])
        if trial.known_limit:
            pytest.xfail(trial.known_limit)
        assert not trial.wrong, [e.get("message") for e in trial.runs[0].errors]
        return trial

    return judged


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--page", type=Path, help="write the tables of these trials into this page")


def pytest_configure(config: pytest.Config) -> None:
    page = config.getoption("--page", None)
    if page and not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Page(page))


class _Page:
    """One table for each group of scenarios: a row for each scenario, a column for each form or CDK."""

    def __init__(self, page: Path) -> None:
        self._page = page
        self._cells: dict[tuple[int, str, str], dict[tuple[int, str], str]] = defaultdict(dict)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        cells: list[Any] = [content for name, content in report.user_properties if name == "cell"]
        if report.when == "call" and cells:
            place, title, name, position, column, text = cells[-1]
            if not title:  # a test of its own, not a row
                return
            row = self._cells[place, title, name]
            if not row.get((position, column), "").startswith("BROKEN"):  # the worst of several
                row[position, column] = text

    def pytest_sessionfinish(self) -> None:
        rows = dict(sorted(self._cells.items()))
        columns = sorted({column for row in rows.values() for column in row})
        text = ""
        for title, group in groupby(rows.items(), lambda item: item[0][1]):
            lines = [(key[2], *(row.get(c, "") for c in columns)) for key, row in group]
            text += f"\n## {title}\n\n" + table(("scenario", *(name for _, name in columns)), lines)
        if text:
            rewrite(self._page, f"{text}\n<sub>Tried on {datetime.now(UTC):%Y-%m-%d}.</sub>\n")
