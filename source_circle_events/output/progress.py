"""What a person who watches the log is told: what will be read, how far it is, what it came to.

The CDK counts messages, and ours are pages; its "Read 111 records" would be off by a factor of 2,000.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Collection, Iterator
from datetime import datetime

from airbyte_cdk.models import (
    AirbyteEstimateTraceMessage,
    AirbyteMessage,
    AirbyteTraceMessage,
    EstimateType,
    TraceType,
    Type,
)

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
        self._started = self._said = time.monotonic()
        self._records = self._bytes = self._pages = self._windows = 0
        logger.info(
            f"{stream}: reading what was stored after {start:%Y-%m-%d %H:%M:%S} up to "
            f"{end:%Y-%m-%d %H:%M:%S} UTC, up to {workers} requests at a time."
        )

    def page(self, page: PageOfRecords | None, *, done: bool) -> None:
        self._pages += 1
        if page:
            self._records += page.count
            self._bytes += sum(map(len, page.rows))  # the platform counts those of the data
        self._windows += done

    def say(self, pages_left: Collection[float]) -> Iterator[AirbyteMessage]:
        """A line now and then, and the same for the platform's progress bar.

        `pages_left`: an estimate for each window that is under way, infinite if nothing is known.
        """
        now = time.monotonic()
        if now - self._said < _EVERY or not pages_left:
            return
        self._said = now
        left = sum(pages_left)
        rate = self._pages / (now - self._started)
        known = math.isfinite(left)
        estimate = f", about {math.ceil(left / rate / 60)} min left" if known else ""
        logger.info(
            f"{self._stream}: {self._records:,} records, {self._windows} of "
            f"{self._windows + len(pages_left)} windows done, {self._limiter.used} of "
            f"{self._limiter.per_minute} requests of the last minute used{estimate}."
        )
        if known:
            share = 1 + left / self._pages
            expected = AirbyteEstimateTraceMessage(
                self._stream,
                EstimateType.STREAM,
                row_estimate=int(share * self._records),
                byte_estimate=int(share * self._bytes),
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
