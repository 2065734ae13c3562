"""Records on their way out, a page at a time, as lines of the protocol.

A record that is not changed leaves as the bytes it came as. Per record, the CDK spends more on hand-offs
(a queue item, a slice hash, two serialisations) than the service does on answering. So a page travels
in one piece, and its records become messages only for those who read the source in their own process.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from airbyte_cdk.models import AirbyteMessage, AirbyteRecordMessage, Type

from source_circle_events.http.page import Page
from source_circle_events.output.schema_drift import SchemaDrift
from source_circle_events.privacy.transform import PersonalData

_MOST_UNDATED = 50_000
"""Rows without a readable `created_at` that are known again when they come twice; about 5 MB."""

_AT_A_TIME = 100
"""Records that are written in one piece, of some 70 kB."""


@dataclass(eq=False)
class PageOfRecords:
    """RECORD messages of `stream`, one for each row."""

    stream: str
    rows: Sequence[bytes]
    emitted_at: int
    """In milliseconds since 1970."""
    newest: datetime | None
    """When the newest of them was stored; None if none can be dated."""
    written: Callable[[], None]
    """To be called once, by whoever wrote the lines or never will."""

    @property
    def count(self) -> int:
        return len(self.rows)

    def lines(self) -> Iterator[bytes]:
        """The messages as lines of JSON, some at a time: all at once would double a page's memory."""
        head = b'{"type":"RECORD","record":{"stream":"%b","emitted_at":%d,"data":' % (
            self.stream.encode(),
            self.emitted_at,
        )
        for start in range(0, self.count, _AT_A_TIME):
            yield head + (b"}}\n" + head).join(self.rows[start : start + _AT_A_TIME]) + b"}}\n"

    def messages(self) -> Iterator[AirbyteMessage]:
        """The messages one by one, for a reader in the same process."""
        for row in map(bytes, self.rows):
            record = AirbyteRecordMessage(self.stream, json.loads(row), self.emitted_at)
            yield AirbyteMessage(Type.RECORD, record=record)


class Records:
    """Makes the records of one stream in one sync; called by one thread."""

    def __init__(
        self,
        stream: str,
        names: Collection[str],
        personal: PersonalData,
        written: Callable[[], None],
    ) -> None:
        """`names`: of events, all if empty. `written`: what each page calls when it is written."""
        self._stream, self._written = stream, written
        self._names = frozenset(names)
        self._personal = personal
        self._undated: dict[int, None] = {}
        self.drift = SchemaDrift(stream)

    def pack(self, page: Page, wanted: Sequence[int]) -> PageOfRecords | None:
        """The rows of `page` that are wanted and leave, or None if there are none."""
        if self._names:  # should the service ignore the filter
            wanted = [i for i in wanted if page.names[i] in self._names]
        wanted = [i for i in wanted if page.created_at[i] or self._is_new(page, i)]
        if not wanted:
            return None
        rows = [page.rows[i] for i in wanted]
        self.drift.look_at(rows, [page.names[i] for i in wanted])
        newest = max((at for i in wanted if (at := page.created_at[i])), default=None)
        leaving = self._personal.apply(rows)
        emitted_at = int(time.time() * 1000)
        return PageOfRecords(self._stream, leaving, emitted_at, newest, self._written)

    def _is_new(self, page: Page, number: int) -> bool:
        """Not twice a row without a readable `created_at`, which no window can call its own. Bounded,
        so that a service which dates nothing costs duplicates and not the memory."""
        identity = page.ids[number]
        row = hash(bytes(page.rows[number]) if identity is None else identity)
        if row in self._undated:
            return False
        self._undated[row] = None
        if len(self._undated) > _MOST_UNDATED:
            del self._undated[next(iter(self._undated))]
        return True
