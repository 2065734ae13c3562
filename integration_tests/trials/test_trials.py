"""Every scenario on both forms. `make test` runs the quick core, `make trials` everything."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from integration_tests.trials.conftest import Judge
from integration_tests.trials.scenario import RUNTIMES, Runtime, Scenario, loaded

# What once lost records or hung, where no faster test shows it. Kills: test_sync_to_duckdb.py; many rows
# at one instant: test_all_forms.py.
QUICK = {
    ("moving/10 % deleted, 10 % surface, pages of 100", "package"),
    ("over/401 for events while the others hang", "package"),
    ("wire/next_page_uri to another host", "manifest"),
}
_WORKING = 3
"""Trials that use the processor, at once. Those that mostly wait run beside them."""


def trials() -> Iterator[Any]:
    for scenario in loaded("service", "faults", "process"):
        for runtime in RUNTIMES:
            for number in range(scenario.trials.get(runtime, 0)):
                label = (scenario.label, runtime)
                marks = [] if number == 0 and label in QUICK else [pytest.mark.trials]
                waits = scenario.slow or (runtime == "manifest" and scenario.known_limit)
                if not waits:
                    marks.append(pytest.mark.xdist_group(f"working-{scenario.place % _WORKING}"))
                name = f"{scenario.label}-{runtime}-{number}"
                yield pytest.param(scenario, runtime, number, marks=marks, id=name)


@pytest.mark.parametrize(("scenario", "runtime", "number"), [*trials()])
def test_no_row_is_lost_and_nothing_leaks(
    scenario: Scenario, runtime: Runtime, number: int, judge: Judge
) -> None:
    judge(scenario, runtime, number)
