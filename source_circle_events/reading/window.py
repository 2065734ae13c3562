"""A window of `created_at`, the unit in which history is read, split and checkpointed.

Half-open on the left: `start < created_at <= end`. Windows that meet at a point therefore hold every
row once, also 5,000 rows stored in the one instant where two windows meet, and a state that names the
newest row read is exactly the start of the next sync.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from airbyte_cdk.sources.types import StreamSlice

FORMAT = "%Y-%m-%dT%H:%M:%S.%f%z"
"""The cursor's `datetime_format` in the manifest; state and slices are written in it."""

INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Window:
    """`start < created_at <= end`, both in UTC."""

    start: datetime
    end: datetime

    @classmethod
    def of_slice(cls, stream_slice: Mapping[str, Any]) -> Window:
        return cls(
            datetime.strptime(stream_slice["start_time"], FORMAT).astimezone(UTC),
            datetime.strptime(stream_slice["end_time"], FORMAT).astimezone(UTC),
        )

    def as_slice(self) -> StreamSlice:
        """What the manifest's templates and the cursor read a window from."""
        return StreamSlice(
            partition={},
            cursor_slice={
                "start_time": self.start.strftime(FORMAT),
                "end_time": self.end.strftime(FORMAT),
            },
        )

    def holds(self, created_at: datetime) -> bool:
        return self.start < created_at <= self.end

    def split(self, parts: int) -> list[Window]:
        """Equal parts, meeting at points; fewer, if the window is shorter than `parts` instants."""
        step = max((self.end - self.start) / parts, INSTANT)
        inner = [min(self.start + number * step, self.end) for number in range(1, parts)]
        bounds = pairwise([self.start, *inner, self.end])
        return [Window(start, end) for start, end in bounds if end > start]
