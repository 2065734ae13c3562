"""Decides how fast to ask: one limiter for all streams of an account, one pause for all workers.

Documented: 600 requests a minute, then 429. The CDK's budget takes a single 429 as a whole minute
spent, knows no limit but the configured one, and lets each worker back off by itself; ten workers
then come back as ten storms. Here a 429 is the exception: requests are counted over any 60 seconds,
a short sync may burst, a long one is spread evenly. When the service's limit turns out lower (an
account shared with other clients), the rate that was just accepted is kept to, at least half of the
one before, and tried 5 % upwards after calm minutes.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

MINUTE = 60.0
DOCUMENTED_LIMIT = 600
_RESERVE = 0.985
"""Share of a limit that is used: a request is counted when answered, the service counts it before."""
_BURST = 0.4
"""Share of the minute that may go at full speed, so that a sync of some 200 pages never waits."""
_FLOOR = 60
"""Requests a minute that are always tried; below, the pauses alone keep to the service's limit."""
_NO_CLUE = 30.0
"""Seconds to pause after a 429 without a hint and without a request of ours to blame."""
_CALM = 3 * MINUTE
"""Without a 429 for this long, a lowered limit is tried higher by 5 % of the documented one."""


class Closed(Exception):  # noqa: N818  (nothing went wrong)
    """The client was closed while a page was asked for: nobody waits for it any more."""


@dataclass(slots=True)
class Slot:
    """The turn of one request."""

    counted: bool = True
    """False if it was answered with 429: the service did not count it."""


@lru_cache(maxsize=8)
def limiter_of(base_url: str, api_token: str) -> RateLimiter:  # noqa: ARG001  (the key)
    """The limiter of an account: one in a process, whatever else its configs say."""
    return RateLimiter()


class RateLimiter:
    """Thread-safe. `clock` is in seconds, injectable for tests."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = self._limit = DOCUMENTED_LIMIT * _RESERVE
        self._clock = clock
        self._lock = threading.Lock()
        self._under_way = 0
        self._answered: deque[float] = deque()
        self._next_start = 0.0
        self._paused_until = 0.0
        self._raise_at = 0.0

    @contextmanager
    def slot(self, closed: threading.Event) -> Iterator[Slot]:
        """Waits for the next request's turn, which is over with the block; Closed if `closed` is set
        meanwhile."""
        while (wait := self._try_start()) > 0:
            if closed.wait(min(wait, 1.0)):
                raise Closed
        slot = Slot()
        try:
            yield slot
        finally:
            with self._lock:
                self._under_way -= 1
                if slot.counted:
                    self._answered.append(self._clock())

    def pause_all(self, seconds: float) -> bool:
        """Pauses every worker after a 429, and lowers the limit.

        True for the first to say so, False for those whose 429 belongs to the same pause.
        """
        with self._lock:
            now = self._clock()
            if now < self._paused_until:
                return False
            self._paused_until = now + seconds
            self._forget(now)
            accepted = len(self._answered) * _RESERVE
            self._limit = max(_FLOOR, self._limit / 2, min(self._limit, accepted))
            self._raise_at = self._paused_until + _CALM
            return True

    def seconds_until_window_frees(self) -> float:
        """Seconds until the oldest request of the last 60 seconds no longer counts."""
        with self._lock:
            self._forget(self._clock())
            if not self._answered:
                return _NO_CLUE
            return max(1.0, self._answered[0] + MINUTE - self._clock())

    @property
    def per_minute(self) -> int:
        """The requests a minute that are allowed at present."""
        return int(self._limit)

    @property
    def used(self) -> int:
        """The requests of the last 60 seconds, and those under way."""
        with self._lock:
            self._forget(self._clock())
            return len(self._answered) + self._under_way

    def _try_start(self) -> float:
        """Start a request and return 0, or return the seconds to wait before asking again."""
        with self._lock:
            now = self._clock()
            if now < self._paused_until:
                return self._paused_until - now
            self._forget(now)
            if self._limit < self._most and now >= self._raise_at:
                self._limit = min(self._most, self._limit + 0.05 * self._most)
                self._raise_at = now + _CALM
            used = len(self._answered) + self._under_way
            if used >= self._limit:
                return self._answered[0] + MINUTE - now if self._answered else 0.1
            spread = used >= self._most * _BURST or self._limit < self._most
            if spread and now < self._next_start:
                return self._next_start - now
            last = max(now - 1.0, self._next_start)  # a late one may be made up for within a second
            self._next_start = last + MINUTE / self._limit if spread else now
            self._under_way += 1
            return 0.0

    def _forget(self, now: float) -> None:
        while self._answered and self._answered[0] <= now - MINUTE:
            self._answered.popleft()
