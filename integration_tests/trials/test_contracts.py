"""That the trials try what they say: none counts as holding that did not take place."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.process import Run
from harness.protocol import Output
from trials import invariants
from trials.run import judge
from trials.scenario import Limit, Runtime, Scenario, Verdict
from trials.scenarios import everything, loaded
from trials.trial import Trial
from trials.world import World

_LIMITED = Scenario("any", "thing", beyond_manifest=Limit("for a reason", "lost"))
_SMALL = {"events": 100, "visits": 10, "tracker": 10, "hot_hour": 0.0}


def verdict_on(scenario: Scenario, folder: Path) -> Verdict:
    return judge(Trial(scenario, "package", World.now(), folder))


@pytest.mark.parametrize("scenarios", [everything(), list(loaded("compatibility"))])
def test_names_tell_scenarios_apart_and_the_sandbox_knows_their_options(
    scenarios: list[Scenario],
) -> None:
    assert len({scenario.label for scenario in scenarios}) == len(scenarios)
    for scenario in scenarios:
        World.now().options(scenario.options)


@pytest.mark.parametrize(
    ("wrong", "runtime", "outcome"),
    [
        (["5 of 9 events lost"], "manifest", "limit"),
        ([], "manifest", "limit"),
        (["5 of 9 events lost", "the token reached another host"], "manifest", "BROKEN"),
        (["could not start: the service was never asked"], "manifest", "BROKEN"),
        (["5 of 9 events lost"], "package", "BROKEN"),
    ],
)
def test_a_limit_excuses_what_it_was_declared_to_show_and_nothing_else(
    wrong: list[str], runtime: Runtime, outcome: str
) -> None:
    assert Verdict(_LIMITED, runtime, tuple(wrong)).outcome == outcome


def test_what_is_lost_strange_twice_or_ahead_is_seen() -> None:
    rows = {"events": {"a": "2025-01-01T00:00:00Z", "b": "2025-01-02T00:00:00Z"}}
    output = Output(Run(0, b"", "", 0.0, 0.0, 0.0, 0, hung=False, killed=False))
    output.ids["events"] += ["a", "c", "a"]
    output.marks.append(("events", "2025-01-02T00:00:00Z", 1))

    assert invariants.complete([output], rows) == ["1 of 2 events lost"]
    assert invariants.states(output, [], rows) == ["a STATE of events is 1 records ahead"]
    assert len(invariants.honest(output, rows, once=True)) == 2


def test_a_trial_that_raises_is_broken(tmp_path: Path) -> None:
    verdict = verdict_on(Scenario("any", "thing", {"fault": ["no such fault"]}), tmp_path)
    assert verdict.outcome == "BROKEN"
    assert "no such fault" in verdict.word


def test_a_trial_whose_process_cannot_start_is_broken(tmp_path: Path) -> None:
    never = Scenario("any", "thing", config={"api_token": "two words"}, expect="fails")
    verdict = verdict_on(never, tmp_path)
    assert verdict.outcome == "BROKEN"
    assert "could not start: the service was never asked" in verdict.wrong


def test_a_kill_that_never_struck_is_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trials.trial._KILLS", 1)
    late = Scenario("kills", "late", _SMALL, signal="SIGKILL")
    assert "the kill never struck" in verdict_on(late, tmp_path).wrong


def test_a_relative_folder_is_as_good_as_any(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    verdict = verdict_on(Scenario("readings", "small", _SMALL), Path("kept"))
    assert verdict.outcome == "holds"
    assert (tmp_path / "kept" / "0" / "stdout").stat().st_size
