"""The limiter, on a clock of the test's own.

Contracts held here: never more than the limit in any 60 seconds; a burst, then an even spread; one
pause for all; a lower limit is learnt, kept to, and tried upwards again.
"""

from __future__ import annotations

import threading

import pytest

from source_circle_events.http.rate_limit import Closed, RateLimiter, limiter_of


class Clock:
    """Seconds, and an event that is never set and whose waits only move the clock."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> bool:
        self.now += max(seconds, 0.001)
        return False


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def limiter(clock: Clock) -> RateLimiter:
    return RateLimiter(clock)


def run(limiter: RateLimiter, clock: Clock, seconds: float, latency: float = 0.03) -> list[float]:
    """One worker after the other for `seconds`; when each request was sent."""
    sent = []
    end = clock.now + seconds
    while clock.now < end:
        with limiter.slot(clock):
            sent.append(clock.now)
            clock.now += latency
    return sent


def refused(limiter: RateLimiter, clock: Clock) -> None:
    with limiter.slot(clock) as slot:
        slot.counted = False


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
        with limiter.slot(clock):
            pass

    assert clock.now == 1000


def test_given_a_pause_then_all_wait_for_it_once(limiter, clock):
    refused(limiter, clock)

    assert limiter.pause_all(12.0)
    assert not limiter.pause_all(12.0)

    with limiter.slot(clock):
        assert clock.now == pytest.approx(1012, abs=0.01)


def test_given_a_429_at_half_the_rate_then_that_rate_is_kept_to(limiter, clock):
    run(limiter, clock, 32, latency=0.1)
    assert limiter.used == pytest.approx(320, abs=5)

    limiter.pause_all(30.0)

    assert limiter.per_minute == pytest.approx(315, abs=5)
    assert most_in_a_minute(run(limiter, clock, 120)) <= 320


def test_given_a_429_out_of_the_blue_then_at_most_half_is_given_up(limiter, clock):
    refused(limiter, clock)
    assert limiter.used == 0

    limiter.pause_all(1.0)

    assert limiter.per_minute == 295


def test_given_429s_for_ever_then_the_limit_has_a_floor(limiter, clock):
    for _ in range(10):
        limiter.pause_all(1.0)
        clock.now += 2

    assert limiter.per_minute == 60


def test_given_calm_then_a_lowered_limit_is_tried_upwards(limiter, clock):
    run(limiter, clock, 30, latency=0.1)
    limiter.pause_all(30.0)
    lowered = limiter.per_minute

    run(limiter, clock, 240)

    assert lowered < limiter.per_minute <= lowered + 30


def test_given_no_hint_then_the_rest_of_the_minute_is_waited(limiter, clock):
    run(limiter, clock, 20, latency=0.5)

    assert limiter.seconds_until_window_frees() == pytest.approx(40.5, abs=0.6)


def test_given_a_closed_client_when_paused_then_nobody_waits():
    limiter, closed = RateLimiter(), threading.Event()
    limiter.pause_all(60.0)
    closed.set()

    with pytest.raises(Closed), limiter.slot(closed):
        pass


def test_given_one_account_then_one_limiter():
    one = limiter_of("https://a.test", "token")

    assert limiter_of("https://a.test", "token") is one
    assert limiter_of("https://a.test", "another") is not one
