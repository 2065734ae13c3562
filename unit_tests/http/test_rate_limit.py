"""The rate limiter, with a virtual clock."""

from __future__ import annotations

import threading

import pytest

from source_circle_events.http.rate_limit import RateLimiter


class TimedLimiter(RateLimiter):
    """A rate limiter with a virtual clock, in seconds, which its waits move forward.

    It takes the place of the event that would end a wait, and is never set."""

    def __init__(self) -> None:
        self.now = 1000.0
        super().__init__(lambda: self.now)

    def is_set(self) -> bool:
        return False

    def wait(self, seconds: float) -> bool:
        self.now += max(seconds, 0.001)
        return False

    def request(self) -> None:
        self.begin(self)  # type: ignore[arg-type]

    def run(self, seconds: float, latency: float = 0.03) -> list[float]:
        """Sends one request after the other for `seconds`; returns the times of sending."""
        sent, end = [], self.now + seconds
        while self.now < end:
            self.request()
            sent.append(self.now)
            self.now += latency
            self.end(counted=True)
        return sent


@pytest.fixture
def limiter() -> TimedLimiter:
    return TimedLimiter()


def most_in_a_minute(sent: list[float]) -> int:
    return max(sum(start <= at < start + 60 for at in sent) for start in sent[::10])


def test_a_long_sync_uses_the_limit_and_never_exceeds_it(limiter: TimedLimiter) -> None:
    sent = limiter.run(300)

    assert most_in_a_minute(sent) <= 600
    assert len(sent) >= 5 * 580


def test_requests_in_flight_count(limiter: TimedLimiter) -> None:
    for _ in range(590):
        limiter.request()
    threading.Timer(0.1, limiter.end, kwargs={"counted": False}).start()
    limiter.request()

    assert limiter.used == 590


def test_a_pause_holds_all_workers_once(limiter: TimedLimiter) -> None:
    limiter.request()
    limiter.end(counted=False)

    assert limiter.pause_all(12.0)
    assert not limiter.pause_all(12.0)

    limiter.request()
    assert limiter.now == pytest.approx(1012, abs=0.01)


@pytest.mark.parametrize(("accepted", "limit"), [(320, 320), (0, 295), (590, 590)])
def test_a_429_lowers_the_limit_to_the_accepted_rate_at_least_to_half(
    limiter: TimedLimiter, accepted: int, limit: int
) -> None:
    limiter.run(accepted * 0.1 - 0.05, latency=0.1)
    assert limiter.used == accepted

    limiter.pause_all(30.0)

    assert limiter.per_minute == limit
    assert most_in_a_minute(limiter.run(120)) <= limit


def test_the_limit_has_a_floor_and_rises_slowly_without_further_429s(limiter: TimedLimiter) -> None:
    for _ in range(10):
        limiter.pause_all(1.0)
        limiter.now += 2
    assert limiter.per_minute == 20

    limiter.run(240)
    assert limiter.per_minute == 50

    limiter.run(4000, latency=1.0)
    assert limiter.per_minute == 590


def test_the_rest_of_the_minute_counts_from_the_oldest_request(limiter: TimedLimiter) -> None:
    assert limiter.rest_of_minute() == 30

    limiter.run(20, latency=0.5)
    assert limiter.rest_of_minute() == pytest.approx(40.5)
