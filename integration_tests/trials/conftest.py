"""A trial as a fixture: hand it a scenario, get the verdict."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from trials.scenario import Runtime, Scenario
from trials.trial import Trial
from trials.world import World

Judge = Callable[..., Trial]


@pytest.fixture(scope="session")
def world() -> World:
    return World.now()


@pytest.fixture
def judge(world: World, tmp_path: Path) -> Judge:
    """Runs a scenario, and fails the test with whatever is wrong."""

    def judged(scenario: Scenario, runtime: Runtime = "package") -> Trial:
        trial = Trial(scenario, runtime, world, tmp_path)
        verdict = trial.judge()
        assert verdict.outcome != "BROKEN", f"{runtime}, {scenario.name}: {verdict.wrong}"
        return trial

    return judged
