"""Pages and windows as the CDK's queue and cursor take them.

The CDK closes a slice only when the whole of it is read; here a slice is the whole history, and a
sync that is killed after an hour must not start again. So the cursor is told of each window that is
complete. These are the seams of the CDK that the package stands on; `unit_tests/test_cdk_seams.py`
holds one test for each.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from airbyte_cdk.models import AirbyteMessage
from airbyte_cdk.sources.streams.concurrent.cursor import ConcurrentCursor
from airbyte_cdk.sources.streams.concurrent.partitions.partition import Partition
from airbyte_cdk.sources.types import Record, StreamSlice

from source_circle_events.output.records import PageOfRecords
from source_circle_events.reading.window import FORMAT, Window


@dataclass(frozen=True)
class _Complete(Partition):
    """A partition that has been read."""

    stream: str
    slice: StreamSlice

    def read(self) -> Iterable[Record]:
        return ()

    def to_slice(self) -> StreamSlice:
        return self.slice

    def stream_name(self) -> str:
        return self.stream


def save(cursor: ConcurrentCursor, stream: str, window: Window, newest: datetime | None) -> None:
    """All rows of `window` are out, the newest of them stored at `newest`; emits a STATE.

    Call it from the thread that emitted the rows: the CDK's queue then keeps them before the STATE.
    """
    stream_slice = window.as_slice()
    if newest is not None:
        cursor.observe(Record({"created_at": newest.strftime(FORMAT)}, stream, stream_slice))
    complete = _Complete(stream, stream_slice)  # type: ignore[abstract]  # its hash is the decorator's
    cursor.close_partition(complete)


def as_record(page: PageOfRecords, stream_slice: StreamSlice) -> Record:
    """A page as one record, in which the cursor finds the newest row's time, and which carries the page
    under a key that no JSON object can have.

    It must travel as a record: what is emitted through the CDK's message repository instead may be
    picked up by another stream's thread and overtaken by the STATE behind it.
    """
    newest = page.newest and page.newest.strftime(FORMAT)
    data: dict[Any, Any] = {"created_at": newest, PageOfRecords: page}
    return Record(data, page.stream, stream_slice)


def page_in(message: AirbyteMessage) -> PageOfRecords | None:
    """The page in a message that the CDK made of `as_record`, or None."""
    data: Mapping[Any, Any] = message.record.data if message.record else {}
    return data.get(PageOfRecords)
