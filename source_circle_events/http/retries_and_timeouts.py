"""How often and how long to try a request: retries, waits and timeouts."""

from __future__ import annotations

import random
from dataclasses import dataclass


class RetryableError(Exception):
    """A failure of a request that may succeed when tried again.

    The text is logged, and shown to the user if no attempt succeeds. `wait`: the seconds that Circle
    asks to wait (`Retry-After`), or None."""

    def __init__(self, text: str, wait: float | None = None) -> None:
        super().__init__(text)
        self.wait = wait


class RateLimitedError(RetryableError):
    """Circle answered with 429: all workers must pause."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Limits for reading one page, in seconds except for `tries`."""

    tries: int
    """The number of attempts. Responses with 429 do not count."""
    total: float
    """The last attempt begins within this time of the first, even if `Retry-After` is longer."""
    connect: float
    read: float
    """The longest time between two packets."""
    answer: float
    """The longest time for a whole response; `read` alone would not stop one that arrives slowly."""
    first_wait: float = 1.0
    """Wait before the second attempt; doubled before each further one, with jitter."""

    def wait_after(self, tries: int) -> float:
        longest = min(self.first_wait * 2.0 ** (tries - 1), 30.0)
        return longest * random.uniform(0.8, 1.2)  # noqa: S311


SYNC = RetryPolicy(tries=7, total=540, connect=10, read=60, answer=240)
"""For a read. A longer outage ends the sync, and Airbyte starts the next one. The total is far below
`maxSecondsBetweenMessages` in metadata.yaml: Airbyte kills a sync that is silent for that long."""
COMMAND = RetryPolicy(tries=5, total=20, connect=3, read=10, answer=20)
"""For commands that a user waits for (check, discover, `tools/probe.py`): short timeouts."""
