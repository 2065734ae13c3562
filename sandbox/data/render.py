"""Rows as JSON: id and times, followed by a template that is cached by event name and member.

Pages must be cheap to make, or a benchmark would measure the sandbox instead of the connector.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec
import numpy as np

from sandbox.data.content import Scene
from sandbox.data.random_and_time import Ints, from_iso, salt, words
from sandbox.data.world import STREAMS, Timeline
from sandbox.options import Options
from source_circle_events.schemas.event_types import event_types

_NUMPY: Mapping[str, Any] = {"seconds": "s", "milliseconds": "ms", "microseconds": "us"}


class Renderer:
    """How one stream's rows look under these options."""

    def __init__(self, timeline: Timeline, options: Options) -> None:
        self._timeline, self._options = timeline, options
        self._resolution = _NUMPY[options.text_resolution or options.resolution]
        self._shift = from_iso("1970-01-01") - from_iso(f"1970-01-01T00:00{options.offset}")
        key = timeline.stream.key
        self._keys = salt(key, "id"), salt(key, "id, second half")
        self._models = {kind.name: kind.models for kind in event_types(STREAMS[key])}
        self._template = cache(self._made)

    def records(self, numbers: Ints) -> list[str]:
        line = self._timeline
        rows = line.rows[numbers]
        columns = (
            self.ids(numbers),
            self.times(line.triggered(numbers)),
            self.times(line.stored[numbers]),
            map(self._template, rows["name"].tolist(), rows["member"].tolist()),
        )
        shape = '{"id":"%s","triggered_at":"%s","created_at":"%s",%s'
        return [shape % row for row in zip(*columns, strict=True)]

    def ids(self, numbers: Ints) -> list[str]:
        """UUIDs. 120 bits of chance a row: two rows with one id are out of the question."""
        halves = (words(numbers, key).tolist() for key in self._keys)
        digits = [f"{a:016x}{b:016x}" for a, b in zip(*halves, strict=True)]
        return [f"{d[:8]}-{d[8:12]}-4{d[13:16]}-a{d[17:20]}-{d[20:]}" for d in digits]

    def times(self, moments: Ints) -> list[str]:
        """ISO 8601, as it stands in records."""
        local = (moments + self._shift).astype("M8[us]")
        texts = np.datetime_as_string(local, unit=self._resolution).tolist()
        return [text + self._options.offset for text in texts]

    def warm(self) -> None:
        """Make the templates of all rows there are: the first reader is served like the second."""
        rows = self._timeline.rows
        for name, member in set(zip(rows["name"].tolist(), rows["member"].tolist(), strict=True)):
            self._template(name, member)

    def _made(self, place: int, member: int) -> str:
        stream = self._timeline.stream
        name = stream.names[place]
        record = Scene(name, member).record(
            stream.key, self._models.get(name, {}), undocumented=self._options.undocumented
        )
        return msgspec.json.encode(record)[1:].decode()
