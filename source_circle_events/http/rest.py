"""How long to wait, read from an answer.

Undocumented which header comes with a 429, if any; the CDK's header strategies read plain numbers
only and ignore an HTTP date without a word. Each known form is understood here.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

LONGEST = 300.0
"""Seconds. A longer pause ends the sync instead: the platform takes a source that is silent for ten
minutes for dead, and kills it without a word of explanation."""

_A_YEAR = 365 * 86_400
"""Above this, `X-RateLimit-Reset` is a moment (epoch seconds), below, a number of seconds."""


def requested_wait(headers: Mapping[str, str]) -> float | None:
    """Seconds the service asks to wait, or None if it does not say."""
    server_now = server_time(headers)
    now = server_now.timestamp() if server_now else time.time()
    for name in ("Retry-After", "X-RateLimit-Reset", "RateLimit-Reset"):
        value = headers.get(name, "").strip()
        wait = _seconds(value, now)
        if wait is not None:
            return max(0.0, wait)
    return None


def _seconds(value: str, now: float) -> float | None:
    if not value:
        return None
    try:
        number = float(value)
    except ValueError:
        moment = http_date(value)
        return moment.timestamp() - now if moment else None
    if not math.isfinite(number):
        return None
    return number - now if number > _A_YEAR else number


def server_time(headers: Mapping[str, str]) -> datetime | None:
    """The service's own clock, from the `Date` header."""
    return http_date(headers.get("Date", ""))


def http_date(value: str) -> datetime | None:
    try:
        parsed = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    return parsed if parsed.tzinfo else None
