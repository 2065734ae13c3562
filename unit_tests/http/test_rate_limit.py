"""The rate limiter, with the test's own clock."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from source_circle_events.http.rate_limit import RateLimiter


class Clock:
    """Seconds, and an event that is never set and whose waits only move the clock."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def is_set(self) -> bool:
        return False

    def wait(self, seconds: float) -> bool:
        self.now += max(seconds, 0.001)
        return False


@pytest.fixture
def clock() -> Any:
    return Clock()


@pytest.fixture
def limiter(clock: Any) -> RateLimiter:
    return RateLimiter(clock)


def run(limiter: RateLimiter, clock: Any, seconds: float, latency: float = 0.03) -> list[float]:
    """One request after the other for `seconds`; returns when each was sent."""
    sent = []
    end = clock.now + seconds
    while clock.now < end:
        limiter.begin(clock)
        sent.append(clock.now)
        clock.now += latency
        limiter.end(counted=True)
    return sent


def most_in_a_minute(sent: list[float]) -> int:
    return max(sum(start <= at < start + 60 for at in sent) for start in sent[::10])


def test_a_long_sync_uses_the_limit_and_never_exceeds_it(limiter: RateLimiter, clock: Any) -> None:
    sent = run(limiter, clock, 300)

    assert most_in_a_minute(sent) <= 600
    assert len(sent) >= 5 * 580


def test_requests_in_flight_count(limiter: RateLimiter, clock: Any) -> None:
    for _ in range(590):
        limiter.begin(clock)
    threading.Timer(0.1, limiter.end, kwargs={"counted": False}).start()
    limiter.begin(clock)

    assert limiter.used == 590


def test_a_pause_holds_all_workers_once(limiter: RateLimiter, clock: Any) -> None:
    limiter.begin(clock)
    limiter.end(counted=False)

    assert limiter.pause_all(12.0)
    assert not limiter.pause_all(12.0)

    limiter.begin(clock)
    assert clock.now == pytest.approx(1012, abs=0.01)


@pytest.mark.parametrize(("accepted", "limit"), [(320, 320), (0, 295), (590, 590)])
def test_a_429_lowers_the_limit_to_the_accepted_rate_at_least_to_half(
    limiter: RateLimiter, clock: Any, accepted: int, limit: int
) -> None:
    run(limiter, clock, accepted * 0.1 - 0.05, latency=0.1)
    assert limiter.used == accepted

    limiter.pause_all(30.0)

    assert limiter.per_minute == limit
    assert most_in_a_minute(run(limiter, clock, 120)) <= limit


def test_the_limit_has_a_floor_and_rises_slowly_when_all_is_calm(
    limiter: RateLimiter, clock: Any
) -> None:
    for _ in range(10):
        limiter.pause_all(1.0)
        clock.now += 2
    assert limiter.per_minute == 20

    run(limiter, clock, 240)
    assert limiter.per_minute == 50

    run(limiter, clock, 4000, latency=1.0)
    assert limiter.per_minute == 590


def test_the_rest_of_the_minute_counts_from_the_oldest_request(
    limiter: RateLimiter, clock: Any
) -> None:
    assert limiter.rest_of_minute() == 30

    run(limiter, clock, 20, latency=0.5)
    assert limiter.rest_of_minute() == pytest.approx(40.5)
