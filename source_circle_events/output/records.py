"""Records on their way out, a page at a time.

Per record, the CDK spends more on hand-offs (a queue item, a slice hash, two serialisations) than the
service does on answering. A page travels the CDK's queue as one record whose data is already the text
the protocol wants, and is taken apart only for those who read the source in their own process. It
must travel as a record: what is emitted through the CDK's message repository instead may be picked up
by another stream's thread and overtaken by the STATE behind it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from airbyte_cdk.models import AirbyteMessage, AirbyteRecordMessage, Type
from airbyte_cdk.sources.types import Record, StreamSlice

from source_circle_events.http.page import Row
from source_circle_events.reading.window import FORMAT

_encoder = msgspec.json.Encoder()


@dataclass(eq=False)
class PageOfRecords:
    """`count` RECORD messages of `stream`, as lines of JSON."""

    stream: str
    lines: bytes
    count: int
    newest: datetime | None
    """When the newest of them was stored; None if none can be dated."""

    @classmethod
    def of(cls, stream: str, rows: list[Row], newest: datetime | None) -> PageOfRecords:
        emitted_at = int(time.time() * 1000)
        messages = [
            {"type": "RECORD", "record": {"stream": stream, "data": row, "emitted_at": emitted_at}}
            for row in rows
        ]
        return cls(stream, _encoder.encode_lines(messages), len(rows), newest)

    def as_record(self, stream_slice: StreamSlice) -> Record:
        """The page as the CDK's queue takes it: one record, in which the cursor finds the newest row's
        time, and which carries the page under a key that no JSON object can have."""
        newest = self.newest and self.newest.strftime(FORMAT)
        data: dict[Any, Any] = {"created_at": newest, PageOfRecords: self}
        return Record(data, self.stream, stream_slice)

    @classmethod
    def carried_by(cls, message: AirbyteMessage) -> PageOfRecords | None:
        """The page in a message that the CDK made of `as_record`, or None."""
        data: Mapping[Any, Any] = message.record.data if message.record else {}
        return data.get(cls)

    def messages(self) -> Iterator[AirbyteMessage]:
        """The messages one by one, for a reader in the same process."""
        for line in self.lines.splitlines():
            yield AirbyteMessage(
                Type.RECORD, record=AirbyteRecordMessage(**json.loads(line)["record"])
            )
