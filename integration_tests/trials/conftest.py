"""A trial as a fixture: hand it a scenario, get the verdict."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from trials.scenario import Runtime, Scenario
from trials.scenarios import everything
from trials.trial import Trial
from trials.world import World

Judge = Callable[..., Trial]
NAMED = {scenario.label: scenario for scenario in everything()}


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    """Runs a scenario, given whole or by its label, and fails the test with whatever is wrong."""

    def judged(scenario: Scenario | str, runtime: Runtime = "package") -> Trial:
        chosen = NAMED[scenario] if isinstance(scenario, str) else scenario
        trial = Trial(chosen, runtime, World.now(), tmp_path)
        verdict = trial.judge()
        assert verdict.outcome != "BROKEN", f"{runtime}, {chosen.name}: {verdict.wrong}"
        return trial

    return judged
