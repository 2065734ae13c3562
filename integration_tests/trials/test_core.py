"""Scenarios of the trials that a change must not wait for the whole table to fail on."""

from __future__ import annotations

import re

import pytest

from integration_tests.trials.conftest import Judge
from trials.scenario import Runtime, Scenario
from trials.scenarios import everything
from trials.world import World

CHOSEN = (
    "bodies/an HTML page, twice midway",
    "readings/5,000 rows at one instant, a window's edge",
    "wire/next_page_uri to another host",
    "answers/401 from midway on",
    "page sizes/pages of 100 rows, num_workers 1",
    "moving/10 % deleted, 10 % surface, pages of 100",
    "readers/two reads in one process, the first abandoned",
    "over/401 for events while the others hang",
)
_FOR_THE_MANIFEST = (
    "bodies/an HTML page, twice midway",
    "readings/5,000 rows at one instant, a window's edge",
    "wire/next_page_uri to another host",
    "page sizes/pages of 7 rows",
    "moving/2 % surface",
)


def _named(name: str, world: World) -> Scenario:
    (scenario,) = (one for one in everything(world) if one.label == name)
    return scenario


@pytest.mark.parametrize(
    ("name", "runtime"),
    [
        *((name, "package") for name in CHOSEN),
        *((name, "manifest") for name in _FOR_THE_MANIFEST),
    ],
)
def test_nothing_is_lost_nothing_leaks(
    name: str, runtime: Runtime, world: World, judge: Judge
) -> None:
    judge(_named(name, world), runtime)


def test_ten_workers_pause_once_for_a_burst_of_429(judge: Judge) -> None:
    burst = Scenario(
        "answers",
        "429 in a burst",
        {"fault": ["429,after=5,times=6,wait=2"], "latency": 0.3},
        {"num_workers": 10},
    )
    trial = judge(burst)
    pauses = [line for line in trial.runs[0].logs if re.search("all workers pause", line)]
    assert len(pauses) == 1, pauses


def test_rows_that_become_visible_late_come_with_the_next_syncs(judge: Judge) -> None:
    """Three runs while a third of the rows can be seen only seconds after they were stored."""
    late = Scenario(
        "time",
        "late rows",
        {"lag": "0.3:50", "growth": 1200.0},
        later=(3, 3),
    )
    trial = judge(late)
    assert [run.code for run in trial.runs] == [0, 0, 0]
