"""How fast to ask: one budget for all streams of a sync, and one pause for all of its workers.

Documented: 600 requests a minute, then 429. The CDK's budget takes a single 429 as a whole minute
spent, knows no limit but the configured one, and lets each worker back off by itself; ten workers
then come back as ten storms. Here a 429 is the exception: requests are counted over any 60 seconds,
a short sync may burst, a long one is spread evenly, and when the service's limit turns out lower (an
account shared with other clients), its rate is taken from what was just accepted and tried upwards
again only after calm minutes, ever more rarely. A 429 far below the limit in force is taken for a
hiccup: it pauses, and only the third one slows down.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

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
"""Without a 429 for this long, a lowered limit is tried 5 % higher; doubled whenever that fails."""


class Pace:
    """Thread-safe. `clock` and `sleep` are seconds, injectable for tests."""

    def __init__(
        self,
        limit: int = DOCUMENTED_LIMIT,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._most = self._limit = limit * _RESERVE
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._under_way = 0
        self._answered: deque[float] = deque()
        self._next_start = 0.0
        self._paused_until = 0.0
        self._calm = _CALM
        self._raise_at = 0.0
        self._raised = False
        self._hiccups = 0

    def acquire(self, stopped: threading.Event | None = None) -> bool:
        """Wait for the next request's turn, and be followed by one `release`; False and neither if
        `stopped` was set meanwhile."""
        while (wait := self._try_start()) > 0:
            if stopped and stopped.is_set():
                return False
            self._sleep(min(wait, 1.0))
        return True

    def release(self, *, counted: bool = True) -> None:
        """The request is over. `counted`: the service took it (a 429 does not use up its limit)."""
        with self._lock:
            self._under_way -= 1
            if counted:
                self._answered.append(self._clock())

    def too_fast(self, wait: float) -> bool:
        """The service answered 429 and wants `wait` seconds of rest. Pauses every worker.

        True for the first to say so, False for those whose 429 belongs to the same pause.
        """
        with self._lock:
            now = self._clock()
            if now < self._paused_until:
                return False
            self._paused_until = now + wait
            self._forget(now)
            self._learn(len(self._answered))
            return True

    def rest_of_the_minute(self) -> float:
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
                self._limit = min(self._most, self._limit * 1.05)
                self._raise_at = now + self._calm
                self._raised = True
            used = len(self._answered) + self._under_way
            if used >= self._limit:
                return self._answered[0] + MINUTE - now if self._answered else 0.1
            spread = used >= self._most * _BURST or self._limit < self._most
            if spread and now < self._next_start:
                return self._next_start - now
            self._next_start = max(now - 1.0, self._next_start) + MINUTE / self._limit
            if not spread:
                self._next_start = now
            self._under_way += 1
            return 0.0

    def _learn(self, accepted: int) -> None:
        """Lower the limit after a 429 that came with `accepted` requests in the last 60 seconds."""
        if accepted >= self._limit / 2:
            if self._raised:
                self._calm *= 2
            self._limit = min(self._limit, accepted * _RESERVE)
        else:
            self._hiccups += 1
            if self._hiccups % 3 == 0:
                self._limit /= 2
        self._limit = max(_FLOOR, self._limit)
        self._raised = False
        self._raise_at = self._paused_until + self._calm

    def _forget(self, now: float) -> None:
        while self._answered and self._answered[0] <= now - MINUTE:
            self._answered.popleft()
