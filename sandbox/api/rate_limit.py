"""The documented limit of requests a minute, over a sliding minute or the clock's own."""

from __future__ import annotations

import math
import time
from collections import deque

from sandbox.options import Options

_MINUTE = 60.0


class Limiter:
    """Counts the requests that were let in; one turned away costs its sender nothing more."""

    def __init__(self) -> None:
        self._let_in: deque[float] = deque()

    def wait(self, options: Options, now: float | None = None) -> int:
        """0 if the request may pass, else the whole seconds until one may."""
        if options.rate_limit <= 0:
            return 0
        now = time.time() if now is None else now
        sliding = options.rate_window == "sliding"
        start = now - _MINUTE if sliding else now // _MINUTE * _MINUTE
        while self._let_in and self._let_in[0] < start:
            self._let_in.popleft()
        if len(self._let_in) < options.rate_limit:
            self._let_in.append(now)
            return 0
        # A limit lowered at run time leaves more requests in the minute than it allows.
        free = self._let_in[len(self._let_in) - options.rate_limit] if sliding else start
        return max(1, math.ceil(free + _MINUTE - now))
