"""The loop keeps its promises in every order of events, and the simulator sees it if it does not.

It ends; every row that existed throughout is written once; no state is ahead of the rows before it;
never more pages than workers. `python -m unit_tests.simulation FROM TO` plays other worlds than these.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import starmap
from typing import Any

import pytest

from source_circle_events.reading.next_request import Continuation
from source_circle_events.reading.stream_reader import StreamReader
from source_circle_events.reading.window_reader import WindowReader
from unit_tests.simulation.scenarios import play
from unit_tests.simulation.service import LENGTH, Readings, Row, Service
from unit_tests.simulation.simulator import Broken, Simulation, Stream, check_end

WORLDS = 10_000
CHUNK = 500


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


_DAY = 86_400.0


@pytest.mark.parametrize(
    "created_at",
    [
        pytest.param(lambda rng: rng.uniform(-2_900 * _DAY, LENGTH), id="even"),
        pytest.param(lambda rng: LENGTH - rng.expovariate(1 / (250 * _DAY)), id="growing"),
        pytest.param(lambda rng: rng.uniform(0, LENGTH), id="one busy day"),
        pytest.param(
            lambda rng: rng.gauss(
                -rng.choice((2_000, 1_000, 400)) * _DAY, 20 + _DAY * rng.random()
            ),
            id="three busy days",
        ),
        pytest.param(
            lambda rng: rng.choice((rng.uniform(-90 * _DAY, 0), rng.uniform(0, 3_600) - 45 * _DAY)),
            id="a busy hour",
        ),
    ],
)
def test_given_a_kill_at_any_page_of_a_long_history_then_few_pages_are_read_again(
    created_at: Callable[[random.Random], float],
) -> None:
    per_page, pages, workers = 200, 500, 10
    rng = random.Random(0)
    times = sorted(created_at(rng) for _ in range(pages * per_page))
    # Milliseconds: pages are ten times smaller than Circle's, so seconds would repeat ten times as much.
    readings = Readings(per_page, unit=0.001)
    stream = Stream("events", Service(readings, [*starmap(Row, enumerate(times))], rng))
    again = []

    def kill(stream: Stream) -> None:
        covered = bisect_right(stream.service.rows, stream.state, key=lambda row: row.shown)
        unsaved = len(stream.written) - covered
        again.append(unsaved / per_page + len(simulation.under_way))

    simulation = Simulation(
        [stream], workers, rng, lambda: rng.uniform(0.3, 3.0), lambda: 0.0, kill
    )
    simulation.run()

    check_end([stream])
    assert max(again) <= 100
    assert simulation.requests <= 1.1 * pages
    assert simulation.clock < 2 * 1.65 * pages / workers  # half of the workers are always busy


_go_on = Continuation.go_on
_start = StreamReader.start


def _seconds_forgotten(self: Continuation, page: Any, *rest: Any) -> bool:
    return _go_on(self, replace(page, resolution=timedelta(0)), *rest)


@pytest.mark.parametrize(
    ("owner", "name", "broken"),
    [
        pytest.param(
            StreamReader, "start", lambda self, free, *_: _start(self, free + 1, 9, 99), id="bound"
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
    monkeypatch.setattr(
        WindowReader, "_gap", property(lambda _: False, lambda *_: None), raising=False
    )

    with pytest.raises(Broken):
        sum(play(seed, changing=changing) for seed in range(1_000))
