"""The trials see what is wrong, and do not count what did not take place."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.process import Run
from harness.protocol import Output
from integration_tests.trials import invariants
from integration_tests.trials.scenario import Limit, Runtime, Scenario, loaded
from integration_tests.trials.test_trials import QUICK
from integration_tests.trials.trial import Trial
from integration_tests.trials.world import World


@pytest.mark.parametrize("files", [("service", "faults", "process"), ("compatibility",)])
def test_labels_are_unique_and_the_sandbox_knows_every_option(files: tuple[str, ...]) -> None:
    scenarios = list(loaded(*files))
    labels = {scenario.label for scenario in scenarios}
    assert len(labels) == len(scenarios)
    assert "compatibility" in files or {label for label, _ in QUICK} <= labels
    for scenario in scenarios:
        World().options(scenario.options)


@pytest.mark.parametrize(
    ("wrong", "runtime", "cell"),
    [
        (["5 of 9 events lost"], "manifest", "limit: reason"),
        (["5 of 9 events lost", "the token reached another host"], "manifest", "BROKEN: 5 of 9"),
        (["5 of 9 events lost"], "package", "BROKEN: 5 of 9"),
    ],
)
def test_a_known_limit_excuses_only_what_it_describes(
    wrong: list[str], runtime: Runtime, cell: str, tmp_path: Path
) -> None:
    limited = Scenario("any", "thing", known_limit=Limit("reason", "lost"))
    assert Trial(limited, runtime, tmp_path, wrong=wrong).cell.startswith(cell)


def test_lost_strange_repeated_records_and_early_states_are_seen() -> None:
    rows = {"events": {"a": "2025-01-01T00:00:00Z", "b": "2025-01-02T00:00:00Z"}}
    output = Output(Run(0, b"", "", 0.0, 0.0, 0, hung=False, killed=False))
    output.ids["events"] += ["a", "c", "a"]
    output.marks.append(("events", "2025-01-02T00:00:00Z", 1))

    assert invariants.complete([output], rows) == ["1 of 2 events lost"]
    ahead = invariants.states_behind_records(output, [], rows)
    assert ahead == ["a STATE of events is 1 records ahead"]
    assert len(invariants.no_strangers(output, rows, once=True)) == 2
