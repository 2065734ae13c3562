"""The reading core keeps its promises in every schedule of events; the simulator sees it if it does not.

The contracts: it ends; every row that existed throughout is written once; no state is ahead of the rows
before it; never more pages than permits; each permit comes back. `python -m unit_tests.simulation FROM
TO` plays other worlds than these.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from source_circle_events.reading import window_reader
from source_circle_events.reading.continuation import Continuation
from source_circle_events.reading.permits import Permits
from unit_tests.simulation.scenarios import play
from unit_tests.simulation.simulator import Broken

SCHEDULES = 2_000
CHUNK = 500


@pytest.mark.parametrize("first", range(0, SCHEDULES, CHUNK))
def test_given_any_service_reader_and_faults_when_read_then_all_rows_once_and_no_state_ahead(
    first: int,
) -> None:
    requests = sum(play(seed) for seed in range(first, first + CHUNK))

    assert requests > 10 * CHUNK  # something was read


@pytest.mark.parametrize("seed", [10_720, 11_876, 12_483, 14_825])
def test_given_a_world_that_broke_a_core_before_when_read_then_it_does_not(seed: int) -> None:
    """The condition under which rows ascend was weaker then."""
    play(seed)


@pytest.mark.parametrize("sort", ["shuffled", "pages"])
def test_given_rows_in_no_order_when_read_then_none_is_lost(sort: str) -> None:
    for seed in range(150):
        play(seed, sort)


def _split_too_far(self: Permits, stream: str, most: int) -> int:
    with self.changed:
        return self._taken(stream, max(0, min(most, 50)))


_go_on = Continuation.go_on


@pytest.mark.parametrize(
    ("owner", "name", "broken"),
    [
        pytest.param(Permits, "give_back", lambda self, stream, count=1: None, id="a permit kept"),
        pytest.param(Permits, "take_spare", _split_too_far, id="a split too many"),
        pytest.param(
            Continuation,
            "go_on",
            lambda self, page, *rest: _go_on(self, replace(page, resolution=timedelta(0)), *rest),
            id="a unit forgotten",
        ),
        pytest.param(window_reader, "INSTANT", timedelta(0), id="a row too far"),
        pytest.param(Continuation, "_is_worth_it", lambda *_: False, id="page numbers"),
    ],
)
def test_given_a_broken_core_when_simulated_then_it_is_caught(
    monkeypatch: pytest.MonkeyPatch, owner: object, name: str, broken: object
) -> None:
    monkeypatch.setattr(owner, name, broken)

    with pytest.raises(Broken):
        sum(play(seed) for seed in range(500))
