"""How fast to ask: one budget for all streams of an account, and one pause for all its workers.

Documented: 600 requests a minute, then 429. The CDK's budget takes a single 429 as a whole minute spent,
and lets each worker back off by itself; ten workers then come back as ten storms. Here a 429 is the
exception: requests are counted over any 60 seconds, a short sync may burst, a long one is spread evenly.
When the service's limit turns out lower (an account shared with other clients), what it accepted in the
last minute becomes the limit, and 5 % more is tried after each calm stretch.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from functools import lru_cache
from math import isfinite

from source_circle_events.config import Config

MINUTE = 60.0
DOCUMENTED_LIMIT = 600
_RESERVE = 0.985
"""Share of a limit that is used: a request is counted when answered, the service counts it before."""
_BURST = 0.4
"""Share of the minute that may go at full speed, so that a sync of some 200 pages never waits."""
_FLOOR = 60
"""Requests a minute that are always tried; below, the pauses alone keep to the service's limit."""
_NO_CLUE = 30.0
"""Seconds to rest after a 429 without a hint and without a request of ours to blame."""
_CALM = 3 * MINUTE
"""Without a 429 for so long, a lowered limit is tried 5 % higher."""
_A_YEAR = 365 * 86_400
"""Above this, `X-RateLimit-Reset` is a moment (epoch seconds), below, a number of seconds."""


class Closed(Exception):  # noqa: N818  (no error: somebody ended what was under way)
    """The client was closed while a request was under way or waited for its turn."""


class Slot:
    """One request's turn."""

    refused = False
    """Set it for a 429, which does not use up the service's limit."""


class RateLimiter:
    """Thread-safe. `clock` is in seconds, and so is `wait(seconds, closed)`; both for tests."""

    def __init__(
        self,
        limit: int = DOCUMENTED_LIMIT,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float, threading.Event], object] = lambda s, closed: closed.wait(s),
    ) -> None:
        self._most = self._limit = limit * _RESERVE
        self._clock, self._wait = clock, wait
        self._lock = threading.Lock()
        self._under_way = 0
        self._answered: deque[float] = deque()
        self._next_start = 0.0
        self._paused_until = 0.0
        self._raise_at = 0.0

    @contextmanager
    def slot(self, closed: threading.Event) -> Iterator[Slot]:
        """Wait for a request's turn, and count it when it is answered; Closed if `closed` is set."""
        while not closed.is_set() and (wait := self._try_start()) > 0:
            self._wait(min(wait, 1.0), closed)
        if closed.is_set():
            raise Closed
        slot = Slot()
        try:
            yield slot
        finally:
            with self._lock:
                self._under_way -= 1
                if not slot.refused:
                    self._answered.append(self._clock())

    def pause_all(self, seconds: float) -> bool:
        """The service answered 429 and wants so much rest: no request starts before.

        True for the first to say so, False for those whose 429 belongs to the same pause.
        """
        with self._lock:
            now = self._clock()
            if now < self._paused_until:
                return False
            self._forget(now)
            self._paused_until = now + seconds
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
        """Take a turn and return 0, or return the seconds to wait before asking again."""
        with self._lock:
            now = self._clock()
            if now < self._paused_until:
                return self._paused_until - now
            self._forget(now)
            if self._limit < self._most and now >= self._raise_at:
                self._limit = min(self._most, self._limit * 1.05)
                self._raise_at = now + _CALM
            used = len(self._answered) + self._under_way
            if used >= self._limit:
                return self._answered[0] + MINUTE - now if self._answered else 0.1
            if used < self._most * _BURST and self._limit == self._most:
                self._next_start = now
            elif now < self._next_start:
                return self._next_start - now
            else:
                self._next_start = max(now - 1.0, self._next_start) + MINUTE / self._limit
            self._under_way += 1
            return 0.0

    def _forget(self, now: float) -> None:
        while self._answered and self._answered[0] <= now - MINUTE:
            self._answered.popleft()


def limiter_of(config: Config) -> RateLimiter:
    """The one of this account in this process: the service counts by account, not by sync."""
    return _limiter(config.base_url, config.api_token)


@lru_cache(maxsize=8)
def _limiter(base_url: str, api_token: str) -> RateLimiter:  # noqa: ARG001  (the key)
    return RateLimiter()


def requested_wait(headers: Mapping[str, str]) -> float | None:
    """Seconds the service asks to wait, or None if it does not say.

    Undocumented which header comes with a 429, if any; the CDK reads plain numbers only and ignores
    an HTTP date without a word. Each known form is understood here.
    """
    now = _epoch(headers.get("Date", "")) or time.time()
    for name in ("Retry-After", "X-RateLimit-Reset", "RateLimit-Reset"):
        wait = _seconds(headers.get(name, "").strip(), now)
        if wait is not None:
            return max(0.0, wait)
    return None


def _seconds(value: str, now: float) -> float | None:
    try:
        number = float(value)
    except ValueError:
        moment = _epoch(value)
        return None if moment is None else moment - now
    if not isfinite(number):
        return None
    return number - now if number > _A_YEAR else number


def _epoch(value: str) -> float | None:
    try:
        return parsedate_to_datetime(value).timestamp()
    except (TypeError, ValueError):
        return None
