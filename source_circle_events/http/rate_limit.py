"""Keeps all requests of a command within Circle's rate limit, and pauses all workers after a 429.

Circle documents 600 requests a minute; they are counted over any 60 seconds. If a 429 shows that the
limit is lower (other clients may use the same account), the connector slows down to the rate that was
accepted, and raises it slowly after three minutes without a 429. The CDK's API budget is not used: it
treats one 429 as a full minute's use, and its workers wait separately and retry at the same moment.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

MINUTE = 60.0
_MAXIMUM = 590
"""Requests a minute, a little below the documented limit, since Circle may count differently."""
_MINIMUM = 20
"""The lowest limit, in requests a minute. If Circle allows fewer, only the pauses after a 429 help."""
_STEP = 30
"""A lowered limit rises by this many requests a minute after each three minutes without a 429."""


class ClientClosedError(Exception):
    """The client was closed while a thread was still requesting a page; the page is not needed."""


class RateLimiter:
    """Counts and delays requests. Thread-safe. `clock` returns seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.per_minute = _MAXIMUM
        """The current limit in requests a minute."""
        self._clock = clock
        self._lock = threading.Lock()
        self._in_flight = 0
        self._answered: deque[float] = deque()
        """The times of the responses of the last 60 seconds."""
        self._paused_until = self._raise_at = 0.0

    def begin(self, closed: threading.Event) -> None:
        """Waits until a request may be sent; raises ClientClosedError if `closed` is set."""
        while not closed.is_set():
            if (wait := self._try_begin()) is None:
                return
            closed.wait(wait)
        raise ClientClosedError

    def end(self, *, counted: bool) -> None:
        """Notes the end of a request. `counted`: False after a 429, which Circle does not count."""
        with self._lock:
            self._in_flight -= 1
            if counted:
                self._answered.append(self._clock())

    def pause_all(self, seconds: float) -> bool:
        """Pauses all workers after a 429 and lowers the limit of requests a minute.

        If they already pause, changes nothing and returns False."""
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
        """Returns the seconds until the oldest counted request is a minute old; 30 if there is none."""
        with self._lock:
            now = self._clock()
            self._forget_old(now)
            return max(1.0, self._answered[0] + MINUTE - now) if self._answered else MINUTE / 2

    @property
    def used(self) -> int:
        """The number of requests in the last minute, including those without a response yet."""
        with self._lock:
            self._forget_old(self._clock())
            return len(self._answered) + self._in_flight

    def _try_begin(self) -> float | None:
        """Counts a request and returns None if it may be sent, otherwise returns the seconds to wait."""
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
