"""Windows: time ranges of `created_at`, by which history is read, split and checkpointed.

A window does not include its start: `start < created_at <= end`. So the next sync can start at the state
(the time of the newest record read), and records of one instant are always in one window.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate, pairwise

from airbyte_cdk.sources.types import StreamSlice

FORMAT = "%Y-%m-%dT%H:%M:%S.%f%z"
"""The format of states and slices: the cursor's `datetime_format` in the manifest."""
SHORTEST_PART = timedelta(seconds=2)
"""Windows are not split into shorter ones: a request covers up to six seconds more than its window, so
they would read the same records."""


def before_second(at: datetime) -> datetime:
    """Returns the last microsecond before the second that contains `at`.

    Windows and states end there, so that no record moves to another window if Circle begins to truncate
    `created_at` to whole seconds during a sync.
    """
    return at.replace(microsecond=0) - timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Window:
    """The time range `start < created_at <= end`, in UTC."""

    start: datetime
    end: datetime

    def as_slice(self) -> StreamSlice:
        """Returns the window as the manifest's templates expect it."""
        times = {"start_time": self.start.strftime(FORMAT), "end_time": self.end.strftime(FORMAT)}
        return StreamSlice(partition={}, cursor_slice=times)

    def holds(self, created_at: datetime) -> bool:
        return self.start < created_at <= self.end

    def split(self, lengths: Iterable[timedelta]) -> list[Window]:
        """Splits the window into adjacent ones of these lengths, and the rest."""
        ends = accumulate(max(length, SHORTEST_PART) for length in lengths)
        cuts = [before_second(self.start + end) for end in ends]
        inner = [cut for cut in cuts if cut < self.end]
        return [Window(start, end) for start, end in pairwise([self.start, *inner, self.end])]
