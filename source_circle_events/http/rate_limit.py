"""Keeps all requests of an account within Circle's rate limit, and pauses all workers after a 429.

Documented are 600 requests a minute. Requests are counted over any 60 seconds. If a 429 shows that the
limit is lower (other clients may use the same account), the rate that was accepted is kept, and raised
slowly after minutes without a 429. The CDK's budget takes one 429 as a whole minute spent and lets each
worker wait by itself, so that ten workers retry at the same moment.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from functools import lru_cache

MINUTE = 60.0
_MAXIMUM = 590
"""Requests a minute: a little below the documented limit, since Circle may count differently."""
_MINIMUM = 20
"""The limit never falls below this; if Circle allows less, the pauses alone keep to it."""
_STEP = 30
"""How much a lowered limit rises after three minutes without a 429."""


class ClientClosedError(Exception):
    """The client was closed while a page was requested: nobody waits for it any more."""


@lru_cache(maxsize=8)
def limiter_of(base_url: str, api_token: str) -> RateLimiter:  # noqa: ARG001  (the key)
    """The limiter of an account: one in a process, whatever else its configs say."""
    return RateLimiter()


class RateLimiter:
    """Thread-safe. `clock` returns seconds; tests pass their own."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.per_minute = _MAXIMUM
        """The requests that are allowed in a minute at present."""
        self._clock = clock
        self._lock = threading.Lock()
        self._in_flight = 0
        self._answered: deque[float] = deque()
        """When the requests of the last 60 seconds were answered."""
        self._paused_until = self._raise_at = 0.0

    def begin(self, closed: threading.Event) -> None:
        """Waits until a request may be sent; ClientClosedError if `closed` is set."""
        while not closed.is_set():
            if (wait := self._try_begin()) is None:
                return
            closed.wait(wait)
        raise ClientClosedError

    def end(self, *, counted: bool) -> None:
        """The request that began is over. `counted`: false after a 429, which Circle does not count."""
        with self._lock:
            self._in_flight -= 1
            if counted:
                self._answered.append(self._clock())

    def pause_all(self, seconds: float) -> bool:
        """Pauses all workers after a 429 and lowers the limit; False if they already pause."""
        with self._lock:
            now = self._clock()
            if now < self._paused_until:
                return False
            self._forget_old(now)
            accepted = min(len(self._answered), self.per_minute)
            self.per_minute = max(_MINIMUM, self.per_minute // 2, accepted)
            self._paused_until = now + seconds
            self._raise_at = self._paused_until + 3 * MINUTE
            return True

    def rest_of_minute(self) -> float:
        """Seconds until the oldest request no longer counts; half a minute if there is none."""
        with self._lock:
            now = self._clock()
            self._forget_old(now)
            return max(1.0, self._answered[0] + MINUTE - now) if self._answered else MINUTE / 2

    @property
    def used(self) -> int:
        """The requests of the last minute, with those in flight."""
        with self._lock:
            self._forget_old(self._clock())
            return len(self._answered) + self._in_flight

    def _try_begin(self) -> float | None:
        """Counts a request and returns None, or returns the seconds after which to try again."""
        with self._lock:
            now = self._clock()
            if now < self._paused_until:
                return self._paused_until - now
            if self.per_minute < _MAXIMUM and now >= self._raise_at:
                self.per_minute = min(_MAXIMUM, self.per_minute + _STEP)
                self._raise_at = now + 3 * MINUTE
            self._forget_old(now)
            if len(self._answered) + self._in_flight < self.per_minute:
                self._in_flight += 1
                return None
            return self._answered[0] + MINUTE - now if self._answered else 0.1

    def _forget_old(self, now: float) -> None:
        while self._answered and self._answered[0] + MINUTE <= now:
            self._answered.popleft()
