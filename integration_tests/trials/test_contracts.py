"""That the trials try what they say: none counts as holding that did not take place."""

from __future__ import annotations

import signal
from pathlib import Path

from harness.process import Kill
from integration_tests.trials.test_core import CHOSEN
from trials.kills import KillTrial
from trials.run import Job
from trials.scenario import Limit, Scenario, Verdict
from trials.scenarios import everything
from trials.table import GROUPS
from trials.trial import Trial
from trials.world import World

_BESIDES = {"kills", "states"}
"""Groups that are made by `kills` and `states`; `test_process` runs one of each."""
_LIMITED = Scenario("any", "thing", beyond_manifest=Limit("for a reason", "lost"))


def test_every_group_has_a_scenario_in_the_quick_core_and_a_title(world: World) -> None:
    names = {one.label for one in everything(world)}
    groups = {one.group for one in everything(world)}
    tried = {
        "time" if name == "late rows" else name.split("/")[0] for name in (*CHOSEN, "late rows")
    }
    assert set(CHOSEN) <= names
    assert groups - tried == set()
    assert groups | _BESIDES == GROUPS.keys()


def test_names_tell_scenarios_apart(world: World) -> None:
    names = [one.label for one in everything(world)]
    assert len(names) == len(set(names))


def test_a_limit_excuses_what_it_was_declared_to_show_and_nothing_else() -> None:
    def outcome(*wrong: str, runtime: str = "manifest") -> str:
        return Verdict(_LIMITED, runtime, wrong).outcome  # type: ignore[arg-type]

    assert outcome("5 of 9 events lost") == "limit"
    assert outcome() == "limit"
    assert outcome("5 of 9 events lost", "the token reached another host") == "BROKEN"
    assert outcome("could not start: the service was never asked") == "BROKEN"
    assert outcome("5 of 9 events lost", runtime="package") == "BROKEN"


def test_a_trial_that_raises_is_broken() -> None:
    def judge() -> list[Verdict]:
        raise OSError("no room")

    (verdict,) = Job(_LIMITED, "manifest", judge).verdicts()
    assert verdict.outcome == "BROKEN"
    assert "no room" in verdict.word


def test_a_trial_whose_process_cannot_start_is_broken(world: World, tmp_path: Path) -> None:
    config = {"api_token": "two words"}
    trial = Trial(Scenario("any", "thing", {}, config, expect="fails"), "package", world, tmp_path)
    verdict = trial.judge()
    assert verdict.outcome == "BROKEN"
    assert "could not start: the service was never asked" in verdict.wrong


def test_a_kill_that_never_struck_is_broken(world: World, tmp_path: Path) -> None:
    late = Kill(1_000_000, 0.0, signal.SIGKILL)
    small = Scenario("kills", "late", {"events": 100, "visits": 10, "tracker": 10, "hot_hour": 0.0})
    verdict = KillTrial(small, "package", world, tmp_path, late).judge()
    assert verdict.wrong == ("the kill never struck",)


def test_a_relative_folder_is_as_good_as_any(world: World, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    small = Scenario("readings", "small", {"events": 100, "visits": 10, "tracker": 10})
    verdict = Trial(small, "package", world, Path("kept")).judge()
    assert verdict.outcome == "holds"
    assert (tmp_path / "kept" / "0" / "stdout").stat().st_size
