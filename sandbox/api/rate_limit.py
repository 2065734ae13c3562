"""The documented limit of requests a minute, and how a refusal says when to come back."""

from __future__ import annotations

import math
import time
from collections import deque
from email.utils import formatdate

from sandbox.faults.plan import RetryHeader

_MINUTE = 60.0


class Limiter:
    """Counts the requests that were let in; one turned away costs its sender nothing more."""

    def __init__(self) -> None:
        self._let_in: deque[float] = deque()

    def wait(self, limit: int) -> float:
        """0 if the request may pass, else the seconds until one may."""
        if limit <= 0:
            return 0
        now = time.time()
        while self._let_in and self._let_in[0] < now - _MINUTE:
            self._let_in.popleft()
        if len(self._let_in) < limit:
            self._let_in.append(now)
            return 0
        # A limit lowered at run time leaves more requests in the minute than it allows.
        return self._let_in[-limit] + _MINUTE - now


def headers(kind: RetryHeader, seconds: float, now: float) -> dict[str, str]:
    """The header for a wait of `seconds`, by a clock that shows `now`."""
    if kind == "retry-date":
        return {"Retry-After": formatdate(math.ceil(now + seconds), usegmt=True)}
    return {"Retry-After": str(math.ceil(seconds))}
