"""A window of `created_at`, the unit in which history is read, split and checkpointed.

Windows are open on the left: `start < created_at <= end`. The state names the newest record that was
read, so it is exactly the start of the next sync; and 5,000 records of one instant belong to one
window.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from airbyte_cdk.sources.types import StreamSlice

FORMAT = "%Y-%m-%dT%H:%M:%S.%f%z"
"""The cursor's `datetime_format` in the manifest; states and slices are written in it."""

INSTANT = timedelta(microseconds=1)
_SHORTEST_PART = timedelta(seconds=2)


def before_second(at: datetime) -> datetime:
    """Returns the last microsecond before the second that contains `at`.

    Windows and states end there. So no record changes its window if the service starts to cut
    `created_at` to whole seconds during a sync.
    """
    return at.replace(microsecond=0) - INSTANT


@dataclass(frozen=True, slots=True)
class Window:
    """`start < created_at <= end`, both in UTC."""

    start: datetime
    end: datetime

    def as_slice(self) -> StreamSlice:
        """Returns the window as the manifest's templates expect it."""
        times = {"start_time": self.start.strftime(FORMAT), "end_time": self.end.strftime(FORMAT)}
        return StreamSlice(partition={}, cursor_slice=times)

    def holds(self, created_at: datetime) -> bool:
        return self.start < created_at <= self.end

    def split(self, parts: int, longest: timedelta) -> list[Window]:
        """Splits into up to `parts` windows that meet at points.

        All but the last are equally long, and at most `longest`.
        """
        step = max(min((self.end - self.start) / parts, longest), _SHORTEST_PART)
        cuts = [before_second(self.start + number * step) for number in range(1, parts)]
        inner = [cut for cut in cuts if cut < self.end]
        return [Window(start, end) for start, end in pairwise([self.start, *inner, self.end])]
