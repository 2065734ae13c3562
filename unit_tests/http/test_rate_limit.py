"""The budget, on a clock of the test's own.

Contracts held here: never more than the limit in any 60 seconds; a burst, then an even spread; one
pause for all; a lower limit is learnt, kept to, and tried upwards again.
"""

from __future__ import annotations

import threading

import pytest

from source_circle_events.http.rate_limit import Closed, RateLimiter

OPEN = threading.Event()


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
def limiter(clock: Clock) -> RateLimiter:
    return RateLimiter(600, clock=clock, wait=lambda seconds, closed: clock.sleep(seconds))


def run(limiter: RateLimiter, clock: Clock, seconds: float, latency: float = 0.03) -> list[float]:
    """One worker after the other for `seconds`; when each request was sent."""
    sent = []
    end = clock.now + seconds
    while clock.now < end:
        with limiter.slot(OPEN):
            sent.append(clock.now)
            clock.now += latency
    return sent


def most_in_a_minute(sent: list[float]) -> int:
    return max(sum(start <= moment < start + 60 for moment in sent) for start in sent[::10])


def test_given_no_other_limit_when_run_for_long_then_the_minute_is_filled_and_never_overrun(
    limiter, clock
):
    sent = run(limiter, clock, 300)

    assert most_in_a_minute(sent) <= 600
    for minute in range(1, 5):
        start = 1000 + 60 * minute
        assert sum(start <= moment < start + 60 for moment in sent) >= 570


def test_given_a_short_sync_then_it_never_waits(limiter, clock):
    for _ in range(200):
        with limiter.slot(OPEN):
            pass

    assert clock.now == 1000


def test_given_a_pause_then_all_wait_for_it_once(limiter, clock):
    with limiter.slot(OPEN) as one, limiter.slot(OPEN) as other:
        one.refused = other.refused = True

    assert limiter.pause_all(12.0)
    assert not limiter.pause_all(12.0)

    with limiter.slot(OPEN):
        assert limiter.used == 1
    assert clock.now == pytest.approx(1012, abs=0.01)


def test_given_a_429_at_half_the_rate_then_that_rate_is_kept_to(limiter, clock):
    run(limiter, clock, 30, latency=0.1)
    assert limiter.used == pytest.approx(300, abs=5)

    limiter.pause_all(30.0)

    assert most_in_a_minute(run(limiter, clock, 120)) <= 300
    assert limiter.per_minute == pytest.approx(295, abs=5)


def test_given_calm_then_a_lowered_limit_is_tried_upwards(limiter, clock):
    run(limiter, clock, 30, latency=0.1)
    limiter.pause_all(30.0)
    lowered = limiter.per_minute

    run(limiter, clock, 240)

    assert lowered < limiter.per_minute <= lowered * 1.06


def test_given_a_429_out_of_the_blue_then_half_of_the_limit_is_kept_and_calm_gives_it_back(
    limiter, clock
):
    before = limiter.per_minute

    limiter.pause_all(1.0)
    assert limiter.per_minute == before // 2

    run(limiter, clock, 60 * 60)
    assert limiter.per_minute == before


def test_given_a_closed_client_then_nobody_waits(limiter):
    closed = threading.Event()
    limiter.pause_all(300.0)
    closed.set()

    with pytest.raises(Closed), limiter.slot(closed):
        pass


def test_given_no_hint_then_the_seconds_until_window_frees_is_waited(limiter, clock):
    run(limiter, clock, 20, latency=0.5)

    assert limiter.seconds_until_window_frees() == pytest.approx(40.5, abs=0.6)
