"""Logs what a sync will read, its progress, and its result."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta

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
from source_circle_events.output.record_messages import PageOfRecords
from source_circle_events.reading.read_loop import Step
from source_circle_events.reading.stream_reader import StreamReader

logger = logging.getLogger("airbyte.circle")

_EVERY = 30.0
"""Seconds between two progress lines of a stream."""
_MAX_IDS = 50_000
"""Number of ids that are kept in memory to detect repeated ones; about 4 MB."""


class Progress:
    """Logs the progress of one stream in one sync."""

    def __init__(self, reader: StreamReader, limiter: RateLimiter, workers: int) -> None:
        self._reader, self._stream, self._limiter = reader, reader.name, limiter
        first = reader.windows[0].window if reader.windows else None
        self._start = first.start if first else reader.newest
        self._end = first.end if first else reader.newest
        self._oldest = self._end
        """The oldest record read. The estimate leaves out the time before it, which has no records."""
        self._started = self._logged = time.monotonic()
        self._records = self._bytes = self._pages = 0
        self._ids: set[int] = set()
        self._ids_repeat = False
        start = self._start + timedelta(microseconds=1)
        logger.info(
            f"{self._stream}: reading records created from {start:%Y-%m-%d %H:%M:%S} to "
            f"{self._end:%Y-%m-%d %H:%M:%S} UTC, up to {workers} requests at a time."
        )

    def page(self, step: Step, page: Page, out: PageOfRecords | None) -> None:
        """Counts a page; `out`: its records that are emitted, if any."""
        self._pages += 1
        clock = page.server_time
        if self._pages == 1 and clock and clock < self._end - CLOCK_TOLERANCE:
            logger.warning(
                f"{self._stream}: Circle's clock says {clock:%Y-%m-%d %H:%M:%S} UTC, which is "
                "behind this machine's. Only records created before that are read. Correct this "
                "machine's clock if it is wrong; otherwise later syncs read the rest."
            )
        oldest = page.first_created_at or self._end
        self._oldest = min(self._oldest, max(oldest, self._start))
        if out:
            self._records += out.count
            self._bytes += sum(map(len, out.rows))  # Airbyte counts the bytes of the data
            self._look_for_repeated_ids([page.ids[i] for i in step.wanted])

    def say(self) -> Iterator[AirbyteMessage]:
        """Logs a line every 30 seconds, and yields an estimate for Airbyte's progress bar.

        The estimate assumes that records are spread evenly over time."""
        now = time.monotonic()
        time_left = [reader.time_left for reader in self._reader.windows if not reader.done]
        if now - self._logged < _EVERY or not time_left:
            return
        self._logged = now
        left = sum(time_left, timedelta(0))
        read = self._end - self._oldest - left
        known = read > timedelta(0)  # unknown if records are not in ascending order
        minutes = math.ceil(left / read * (now - self._started) / 60) if known else 0
        logger.info(
            f"{self._stream}: {self._records:,} records from {self._pages:,} pages"
            f"{f', about {minutes} min left' if known else ''}. All streams: {self._limiter.used} "
            f"requests in the last minute (limit: {self._limiter.per_minute})."
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

    def _look_for_repeated_ids(self, ids: Sequence[str | int | None]) -> None:
        """Logs a warning, once, if records share an `id`.

        Compares them with the first ids of a sync, and with those of the same page."""
        hashes = [hash(identity) for identity in ids if identity is not None]
        new = set(hashes)
        if not self._ids_repeat and (len(new) < len(hashes) or not self._ids.isdisjoint(new)):
            self._ids_repeat = True
            logger.warning(
                f'{self._stream}: different records have the same "id". All of them are emitted. With '
                'the sync mode "Append + Deduped" the destination would keep one for each id; to keep '
                'all, use "Append".'
            )
        if len(self._ids) < _MAX_IDS:
            self._ids |= new
