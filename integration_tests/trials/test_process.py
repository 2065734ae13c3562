"""What is done to the process itself: killed, given a broken state, read more slowly than it writes."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from harness.process import Kill, Reader
from integration_tests.trials.conftest import Judge
from trials.kills import KillTrial
from trials.scenario import Scenario
from trials.states import states
from trials.world import World

_SLOW = {"latency": 0.5}


@pytest.mark.parametrize("sig", [signal.SIGKILL, signal.SIGTERM])
def test_killed_in_the_middle_and_resumed(
    sig: signal.Signals, world: World, tmp_path: Path
) -> None:
    scenario = Scenario("kills", sig.name, _SLOW, {"num_workers": 2})
    verdict = KillTrial(scenario, "package", world, tmp_path, Kill(3_000, 0.2, sig)).judge()
    assert not verdict.wrong
    assert verdict.exits == (-sig, 0)


def test_a_state_that_is_garbage_is_told(world: World, tmp_path: Path) -> None:
    (trial,) = (one for one in states(world, "package", tmp_path) if one.case.name == "garbage")
    verdict = trial.judge()
    assert (verdict.wrong, verdict.word) == ((), "fails, says so")


def test_a_reader_slower_than_a_page_gets_every_line_whole(
    judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full pipe takes a page in pieces, and with PYTHONUNBUFFERED a write may take a part only:
    a line of the log must not come between the pieces, and no piece may be lost."""
    monkeypatch.setenv("PYTHONUNBUFFERED", "1")
    judge(
        Scenario(
            "readers",
            "slow, amid retries",
            {"fault": ["500,every=3"]},
            reader=Reader(rate=20e6, pipe=4096),
        )
    )
