"""What a person who watches the log is told: what will be read, how far it is, what it came to.

The CDK counts messages, and ours are pages; its "Read 111 records" would be off by a factor of 2,000.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from airbyte_cdk.models import (
    AirbyteEstimateTraceMessage,
    AirbyteMessage,
    AirbyteTraceMessage,
    EstimateType,
    TraceType,
    Type,
)

from source_circle_events.config import CLOCK_TOLERANCE
from source_circle_events.http.page import Page
from source_circle_events.http.rate_limit import RateLimiter
from source_circle_events.output.records import PageOfRecords

logger = logging.getLogger("airbyte.circle")

_EVERY = 30.0
"""Seconds between two lines about a stream."""


class Progress:
    """Of one stream in one sync."""

    def __init__(
        self, stream: str, start: datetime, end: datetime, limiter: RateLimiter, workers: int
    ) -> None:
        self._stream = stream
        self._limiter = limiter
        self._start, self._end = start, end
        self._first = end
        """When the oldest row was stored: what lies before it took no time to read."""
        self._started = self._said = time.monotonic()
        self._records = self._bytes = self._pages = self._windows = 0
        logger.info(
            f"{stream}: reading what was stored after {start:%Y-%m-%d %H:%M:%S} up to "
            f"{end:%Y-%m-%d %H:%M:%S} UTC, up to {workers} requests at a time."
        )

    def page(self, page: Page, out: PageOfRecords | None, *, done: bool) -> None:
        """`out`: what of `page` leaves. `done`: the window has no more pages."""
        self._pages += 1
        self._windows += done
        its_clock = page.server_time
        if self._pages == 1 and its_clock and its_clock < self._end - CLOCK_TOLERANCE:
            logger.warning(
                f"{self._stream}: Circle's clock says {its_clock:%Y-%m-%d %H:%M:%S} UTC, which is "
                "behind this machine's: only what was stored before that moment is read. Set this "
                "machine's clock if it is the wrong one; otherwise later syncs read the rest."
            )
        oldest = next((at for at in page.created_at if at), self._end)
        self._first = min(self._first, max(oldest, self._start))
        if out:
            self._records += out.count
            self._bytes += sum(map(len, out.rows))  # the platform counts those of the data

    def say(self, windows_left: Collection[timedelta]) -> Iterator[AirbyteMessage]:
        """A line now and then, and the same for the platform's progress bar, with an estimate as if
        rows were spread evenly. `windows_left`: of each window under way, what is not read."""
        now = time.monotonic()
        if now - self._said < _EVERY or not windows_left:
            return
        self._said = now
        left = sum(windows_left, timedelta(0))
        read = self._end - self._first - left
        known = read > timedelta(0)  # nothing is, where rows do not ascend
        minutes = math.ceil(left / read * (now - self._started) / 60) if known else 0
        logger.info(
            f"{self._stream}: {self._records:,} records, {self._windows} of "
            f"{self._windows + len(windows_left)} windows done, {self._limiter.used} of "
            f"{self._limiter.per_minute} requests of the last minute used"
            f"{f', about {minutes} min left' if known else ''}."
        )
        if known:
            whole = 1 + left / read
            expected = AirbyteEstimateTraceMessage(
                self._stream,
                EstimateType.STREAM,
                row_estimate=int(whole * self._records),
                byte_estimate=int(whole * self._bytes),
            )
            trace = AirbyteTraceMessage(TraceType.ESTIMATE, time.time() * 1000, estimate=expected)
            yield AirbyteMessage(Type.TRACE, trace=trace)

    def finish(self) -> None:
        logger.info(
            f"{self._stream}: done, {self._records:,} records from {self._pages:,} pages in "
            f"{time.monotonic() - self._started:.0f} s."
        )


def worth_reading(record: logging.LogRecord) -> bool:
    """Whether a line of the CDK is: not its count, nor that it watches the memory."""
    return not record.getMessage().startswith(("Read ", "MemoryMonitor instantiated"))
