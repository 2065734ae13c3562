"""How often and how long a command tries to read a page, and how long an answer asks it to wait."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


class RetryableError(Exception):
    """A failure that another attempt may cure. The text is logged, and shown to the user if no attempt
    succeeds. `wait`: the seconds that the answer asks to wait, if it does."""

    def __init__(self, text: str, wait: float | None = None) -> None:
        super().__init__(text)
        self.wait = wait


class RateLimitedError(RetryableError):
    """429: all workers must pause."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Limits for reading one page, in seconds except for `tries`."""

    tries: int
    """Answers with 429 do not count."""
    total: float
    """No attempt begins later than this after the first one, whatever `Retry-After` asks for."""
    connect: float
    read: float
    """Between two packets."""
    answer: float
    """For one answer, to its last byte: a slowly dripping answer would hold up a sync for ever."""
    first_wait: float = 1.0
    """Before the second attempt; doubled before each further one, with jitter."""

    def wait_after(self, tries: int) -> float:
        longest = min(self.first_wait * 2.0 ** (tries - 1), 30.0)
        return longest * random.uniform(0.8, 1.2)  # noqa: S311


SYNC = RetryPolicy(tries=7, total=540, connect=10, read=60, answer=240)
"""A longer outage ends the sync, and the platform starts the next one. All of it together stays far
below `maxSecondsBetweenMessages` in metadata.yaml, the silence after which the platform kills a sync."""
COMMAND = RetryPolicy(tries=5, total=20, connect=3, read=10, answer=20)
"""Interactive commands (check, discover, the probe): short timeouts."""


def requested_wait(headers: Mapping[str, str]) -> float | None:
    """Seconds that `Retry-After` asks to wait, as a number or a date; None if it does not say."""
    value = headers.get("Retry-After", "").strip()
    try:
        seconds = float(value)
    except ValueError:
        until = http_date(value)
        if until is None:
            return None
        now = http_date(headers.get("Date", ""))
        seconds = until.timestamp() - (now.timestamp() if now else time.time())
    return max(0.0, seconds) if math.isfinite(seconds) else None


def http_date(value: str) -> datetime | None:
    """The date in a header, or None if it cannot be read."""
    try:
        parsed = parsedate_to_datetime(value)
        return parsed.astimezone(UTC) if parsed.tzinfo else None
    except (TypeError, ValueError, OverflowError):
        return None
