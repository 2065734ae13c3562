"""The budget, on a clock of the test's own.

Contracts held here: never more than the limit in any 60 seconds; a burst, then an even spread; one
pause for all; a lower limit is learnt, kept to, and tried upwards again.
"""

from __future__ import annotations

import pytest

from source_circle_events.http.rate_limit import Pace


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += max(seconds, 0.001)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pace(clock: Clock) -> Pace:
    return Pace(600, clock=clock, sleep=clock.sleep)


def run(pace: Pace, clock: Clock, seconds: float, latency: float = 0.03) -> list[float]:
    """One worker after the other for `seconds`; when each request was sent."""
    sent = []
    end = clock.now + seconds
    while clock.now < end:
        pace.acquire()
        sent.append(clock.now)
        clock.now += latency
        pace.release()
    return sent


def most_in_a_minute(sent: list[float]) -> int:
    return max(sum(start <= moment < start + 60 for moment in sent) for start in sent[::10])


def test_given_no_other_limit_when_run_for_long_then_the_minute_is_filled_and_never_overrun(
    pace, clock
):
    sent = run(pace, clock, 300)

    assert most_in_a_minute(sent) <= 600
    for minute in range(1, 5):
        start = 1000 + 60 * minute
        assert sum(start <= moment < start + 60 for moment in sent) >= 570


def test_given_a_short_sync_then_it_never_waits(pace, clock):
    for _ in range(200):
        pace.acquire()
        pace.release()

    assert clock.now == 1000


def test_given_a_pause_then_all_wait_for_it_once(pace, clock):
    pace.acquire()
    pace.acquire()
    pace.release(counted=False)
    pace.release(counted=False)

    assert pace.too_fast(12.0)
    assert not pace.too_fast(12.0)

    pace.acquire()
    assert clock.now == pytest.approx(1012, abs=0.01)


def test_given_a_429_at_half_the_rate_then_that_rate_is_kept_to(pace, clock):
    run(pace, clock, 30, latency=0.1)
    assert pace.used == pytest.approx(300, abs=5)

    pace.too_fast(30.0)

    assert most_in_a_minute(run(pace, clock, 120)) <= 300
    assert pace.per_minute == pytest.approx(295, abs=5)


def test_given_calm_then_a_lowered_limit_is_tried_upwards(pace, clock):
    run(pace, clock, 30, latency=0.1)
    pace.too_fast(30.0)
    lowered = pace.per_minute

    run(pace, clock, 240)

    assert lowered < pace.per_minute <= lowered * 1.06


def test_given_a_429_out_of_the_blue_then_only_the_third_slows_down(pace, clock):
    pace.acquire()
    pace.release(counted=False)
    before = pace.per_minute

    for _ in range(2):
        pace.too_fast(1.0)
        clock.now += 2
    assert pace.per_minute == before
    pace.too_fast(1.0)

    assert pace.per_minute == before // 2


def test_given_no_hint_then_the_rest_of_the_minute_is_waited(pace, clock):
    run(pace, clock, 20, latency=0.5)

    assert pace.rest_of_the_minute() == pytest.approx(40.5, abs=0.6)
