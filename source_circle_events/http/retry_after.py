"""Reads from an answer's headers how long to wait before the next request."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping

from source_circle_events.http.times import http_date

_HEADERS = ("Retry-After", "X-RateLimit-Reset", "RateLimit-Reset")
_A_YEAR = 365 * 86_400
"""Above this, `X-RateLimit-Reset` is a moment (epoch seconds), below, a number of seconds."""


def requested_wait(headers: Mapping[str, str]) -> float | None:
    """Seconds an answer asks to wait, or None if it does not say.

    Undocumented which header comes with a 429, if any; the CDK's strategies read plain numbers only.
    """
    server_time = http_date(headers.get("Date", ""))
    now = server_time.timestamp() if server_time else time.time()
    for name in _HEADERS:
        wait = _seconds(headers.get(name, "").strip(), now)
        if wait is not None:
            return max(0.0, wait)
    return None


def _seconds(value: str, now: float) -> float | None:
    try:
        number = float(value)
    except ValueError:
        date = http_date(value)
        return date.timestamp() - now if date else None
    if not math.isfinite(number):
        return None
    return number - now if number > _A_YEAR else number
