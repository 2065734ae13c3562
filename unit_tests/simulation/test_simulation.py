"""The loop keeps its promises in every order of events, and the simulator sees it if it does not.

It ends; every row that existed throughout is written once; no state is ahead of the rows before it;
never more pages than workers. `python -m unit_tests.simulation FROM TO` plays other worlds than these.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from source_circle_events.reading.continuation import Continuation
from source_circle_events.reading.read import StreamReader
from source_circle_events.reading.window_reader import WindowReader
from unit_tests.simulation.scenarios import play
from unit_tests.simulation.simulator import Broken

WORLDS = 2_000
CHUNK = 250


@pytest.mark.parametrize("first", range(0, WORLDS, CHUNK))
def test_given_any_service_reader_and_faults_when_read_then_all_rows_once_and_no_state_ahead(
    first: int,
) -> None:
    requests = sum(play(seed) for seed in range(first, first + CHUNK))

    assert requests > 10 * CHUNK  # something was read


@pytest.mark.parametrize(
    "world",
    [{"sort": "shuffled"}, {"sort": "pages"}, {"changing": "sort"}, {"changing": "unit"}],
    ids=lambda world: " ".join(*world.items()),
)
def test_given_rows_in_no_order_or_a_change_midway_when_read_then_none_is_lost(
    world: dict[str, str],
) -> None:
    for seed in range(300):
        play(seed, **world)


_go_on = Continuation.go_on
_start = StreamReader.start


def _seconds_forgotten(self: Continuation, page: Any, *rest: Any) -> bool:
    return _go_on(self, replace(page, resolution=timedelta(0)), *rest)


@pytest.mark.parametrize(
    ("owner", "name", "broken"),
    [
        pytest.param(
            StreamReader, "start", lambda self, free, _: _start(self, free + 1, free + 1), id="bound"
        ),
        pytest.param(Continuation, "go_on", _seconds_forgotten, id="a unit forgotten"),
        pytest.param(Continuation, "_repeats_little", lambda *_: False, id="page numbers"),
        pytest.param(Continuation, "is_new", lambda *_: True, id="no row is known again"),
        pytest.param(
            WindowReader, "complete_to", property(lambda self: self.window.end, lambda *_: None),
            id="a state too far",
        ),
    ],
)  # fmt: skip
def test_given_a_broken_loop_when_simulated_then_it_is_caught(
    monkeypatch: pytest.MonkeyPatch, owner: object, name: str, broken: object
) -> None:
    monkeypatch.setattr(owner, name, broken, raising=False)

    with pytest.raises(Broken):
        sum(play(seed) for seed in range(1_000))


@pytest.mark.parametrize("changing", ["sort", "unit"])
def test_given_a_loop_that_trusts_a_changed_service_then_it_is_caught(
    monkeypatch: pytest.MonkeyPatch, changing: str
) -> None:
    """Windows that end within a second, and states as far as the last page."""
    for module in ("window", "window_reader"):
        monkeypatch.setattr(f"source_circle_events.reading.{module}.before_second", lambda at: at)
    monkeypatch.setattr(WindowReader, "_look_for_gap", lambda *_: None)

    with pytest.raises(Broken):
        sum(play(seed, changing=changing) for seed in range(1_000))
