"""Rows as JSON, two thousand at once, at a microsecond or so a record.

The sandbox must never be what a measurement measures: ids and times are written by numpy as one
block of characters, and a page is those blocks and the templates laid end to end.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sandbox.data.bulk import json_list
from sandbox.data.ids import WIDTH, Ids
from sandbox.data.rng import Ints
from sandbox.data.templates import Templates
from sandbox.data.timeline import Timeline
from sandbox.data.times import TimeText

_ID, _TRIGGERED, _CREATED, _END = b',{"id":"', b'","triggered_at":"', b'","created_at":"', b'",'


class Records:
    """How one stream's rows look at the moment: id scheme, time format, templates."""

    def __init__(self, ids: Ids, times: TimeText, templates: Templates) -> None:
        self._ids, self._times = ids, times
        self._templates = templates
        self._id = len(_ID)
        self._triggered = self._id + WIDTH + len(_TRIGGERED)
        self._created = self._triggered + times.width + len(_CREATED)
        blank = b"?" * times.width
        frame = _ID + b"?" * WIDTH + _TRIGGERED + blank + _CREATED + blank + _END
        self._frame = np.frombuffer(frame, np.uint8)

    def render(self, timeline: Timeline, numbers: Ints) -> list[bytes]:
        """Each record in two parts, front and back in turn; every front begins with a comma."""
        heads = np.empty((len(numbers), len(self._frame)), np.uint8)
        heads[:] = self._frame
        width = self._times.width
        self._ids.write(numbers, heads[:, self._id : self._id + WIDTH])
        triggered = heads[:, self._triggered : self._triggered + width]
        created = heads[:, self._created : self._created + width]
        self._times.write(timeline.triggered(numbers), triggered)
        self._times.write(timeline.stored[numbers], created)
        parts = [b""] * (2 * len(numbers))
        parts[::2] = heads.view(f"S{len(self._frame)}").ravel().tolist()
        templates = self._templates
        parts[1::2] = [templates[key] for key in _keys(timeline, numbers).tolist()]
        return parts

    def listed_ids(self, numbers: Ints) -> Iterator[bytes]:
        """The ids of rows as a JSON list."""
        return json_list(self._ids.write, WIDTH, numbers)

    def listed_times(self, moments: Ints) -> Iterator[bytes]:
        """Moments as a JSON list, as they stand in records."""
        return json_list(self._times.write, self._times.width, moments)

    def warm(self, timeline: Timeline) -> None:
        """Make the templates of all rows there are: the first reader is served like the second."""
        everything = np.arange(len(timeline.rows.created))
        for key in np.unique(_keys(timeline, everything)).tolist():
            self._templates[key]


def _keys(timeline: Timeline, numbers: Ints) -> Ints:
    rows = timeline.rows
    return rows.name[numbers].astype(np.int64) << 32 | rows.member[numbers]
