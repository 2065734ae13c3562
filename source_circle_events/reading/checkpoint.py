"""Tells the cursor that a window is complete.

The CDK closes a slice only when the whole of it is read; here a slice is the whole history, and a
sync that is killed after an hour must not start again.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from airbyte_cdk.sources.streams.concurrent.cursor import ConcurrentCursor
from airbyte_cdk.sources.streams.concurrent.partitions.partition import Partition
from airbyte_cdk.sources.types import Record, StreamSlice

from source_circle_events.reading.window import FORMAT, Window


class _Complete(Partition):
    """A partition that has been read."""

    def __init__(self, stream: str, stream_slice: StreamSlice) -> None:
        self._stream = stream
        self._slice = stream_slice

    def read(self) -> Iterable[Record]:
        return ()

    def to_slice(self) -> StreamSlice:
        return self._slice

    def stream_name(self) -> str:
        return self._stream

    def __hash__(self) -> int:
        return hash((self._stream, self._slice))


def save(cursor: ConcurrentCursor, stream: str, window: Window, newest: datetime | None) -> None:
    """All rows of `window` are out, the newest of them stored at `newest`; emits a STATE.

    Call it from the thread that emitted the rows: the CDK's queue then keeps them before the STATE.
    """
    if window.end <= window.start:
        return
    stream_slice = window.as_slice()
    if newest is not None:
        cursor.observe(Record({"created_at": newest.strftime(FORMAT)}, stream, stream_slice))
    cursor.close_partition(_Complete(stream, stream_slice))
