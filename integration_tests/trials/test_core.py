"""Scenarios of the trials that a change must not wait for the whole table to fail on."""

from __future__ import annotations

import pytest

from harness.process import Reader
from integration_tests.trials.conftest import NAMED, Judge
from trials.scenario import Scenario

CHOSEN = (
    "bodies/an HTML page, twice midway",
    "readings/5,000 rows at one instant, a window's edge",
    "wire/next_page_uri to another host",
    "answers/401 from midway on",
    "page sizes/pages of 100 rows, num_workers 1",
    "moving/10 % deleted, 10 % surface, pages of 100",
    "readers/two reads in one process, the first abandoned",
    "over/401 for events while the others hang",
    "kills/SIGKILL at random moments",
    "kills/SIGTERM at random moments",
    "states/garbage",
)
_FOR_THE_MANIFEST = (
    "bodies/an HTML page, twice midway",
    "readings/5,000 rows at one instant, a window's edge",
    "wire/next_page_uri to another host",
    "page sizes/pages of 7 rows",
    "moving/2 % surface",
)


@pytest.mark.parametrize("name", CHOSEN)
def test_nothing_is_lost_nothing_leaks(name: str, judge: Judge) -> None:
    judge(name)


@pytest.mark.parametrize("name", _FOR_THE_MANIFEST)
def test_nor_by_the_manifest_alone(name: str, judge: Judge) -> None:
    judge(name, "manifest")


def test_every_group_has_a_scenario_in_the_quick_core() -> None:
    # `time` is tried below: what is in its group takes minutes.
    groups = {scenario.group for scenario in NAMED.values()}
    assert {name.split("/")[0] for name in (*CHOSEN, "time/")} == groups


def test_ten_workers_pause_once_for_a_burst_of_429(judge: Judge) -> None:
    burst = Scenario(
        "answers",
        "429 in a burst",
        {"fault": ["429,after=5,times=6,wait=2"], "latency": 0.3},
        {"num_workers": 10},
    )
    trial = judge(burst)
    pauses = [line for line in trial.runs[0].logs if "all workers pause" in line]
    assert len(pauses) == 1, pauses


def test_rows_that_become_visible_late_come_with_the_next_syncs(judge: Judge) -> None:
    """Three runs while a third of the rows can be seen only seconds after they were stored."""
    late = Scenario("time", "late rows", {"lag": "0.3:50", "growth": 1200.0}, later=(3, 3))
    trial = judge(late)
    assert [run.code for run in trial.runs] == [0, 0, 0]


def test_a_reader_slower_than_a_page_gets_every_line_whole(
    judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full pipe takes a page in pieces, and with PYTHONUNBUFFERED a write may take a part only:
    a line of the log must not come between the pieces, and no piece may be lost."""
    monkeypatch.setenv("PYTHONUNBUFFERED", "1")
    slow = Reader(rate=20e6, pipe=4096)
    judge(Scenario("readers", "slow, amid retries", {"fault": ["500,every=3"]}, reader=slow))
