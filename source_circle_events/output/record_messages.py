"""Turns the pages of a stream into RECORD messages.

A record that needs no change is written as the bytes received, and a page is handled as one object:
decoding records and passing them on one by one would cost more CPU than everything else.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from typing import Final

import msgspec
from airbyte_cdk.models import AirbyteMessage, AirbyteRecordMessage, Type
from airbyte_cdk.sources.declarative.decoders.composite_raw_decoder import JsonParser
from jinja2.utils import htmlsafe_json_dumps
from msgspec import Raw

from source_circle_events.http.page import Page
from source_circle_events.output.personal_data import PersonalData
from source_circle_events.schemas.event_types import event_types

logger = logging.getLogger("airbyte.circle")

_MAX_UNDATED: Final = 50_000
"""Records without a valid `created_at` that are kept in memory, to emit each once; about 5 MB."""
_RECORDS_PER_WRITE: Final = 100
"""Records that are written at once, about 70 kB."""
_SAMPLE: Final = 20
"""After a stream's first page, one record in 20 is searched for undeclared fields, and also one of
each event type on the page."""
_MAX_NAMES: Final = 50
"""No new names are kept and logged after this many, since Circle could send any number of them."""

_fields: Final = msgspec.json.Decoder(dict[str, Raw]).decode


@dataclass(eq=False)
class PageOfRecords:
    """The RECORD messages of one page."""

    stream: str
    rows: Sequence[bytes]
    emitted_at: int
    """In milliseconds since 1970."""

    @property
    def count(self) -> int:
        return len(self.rows)

    def lines(self) -> Iterator[bytes]:
        """Yields the messages as lines of JSON, 100 at a time: all at once would double the memory."""
        head = b'{"type":"RECORD","record":{"stream":"%b","emitted_at":%d,"data":' % (
            self.stream.encode(),
            self.emitted_at,
        )
        for start in range(0, self.count, _RECORDS_PER_WRITE):
            chunk = self.rows[start : start + _RECORDS_PER_WRITE]
            yield head + (b"}}\n" + head).join(chunk) + b"}}\n"

    def messages(self) -> Iterator[AirbyteMessage]:
        """Yields the messages one by one, for a caller in the same process."""
        for row in map(bytes, self.rows):
            record = AirbyteRecordMessage(self.stream, json.loads(row), self.emitted_at)
            yield AirbyteMessage(Type.RECORD, record=record)


class Records:
    """Turns the pages of one stream in one sync into RECORD messages. Not thread-safe.

    Filters event types, fills missing ids, hides personal data, and notes undeclared fields."""

    def __init__(
        self,
        stream: str,
        names: Collection[str],
        personal: PersonalData,
        declared: Collection[str],
    ) -> None:
        """`names`: the event types to keep; all if empty. `declared`: the top-level fields of the
        stream in the configured catalog; if empty, undeclared fields are not looked for."""
        self._stream = stream
        self._names = frozenset(names)
        self._personal = personal
        self._declared = frozenset(declared)
        self._undeclared: set[str] = set()
        self._known_types = {event.name for event in event_types(stream)}
        self._new_types: set[str] = set()
        self._undated: set[int] = set()
        self._sampled = False
        self._has_filled_ids = False

    def pack(self, page: Page, wanted: Sequence[int]) -> PageOfRecords | None:
        """Returns the records of `page` at the positions `wanted` as messages; None if none is left."""
        if self._names:  # in case Circle ignored the filter
            wanted = [i for i in wanted if page.names[i] in self._names]
        wanted = [i for i in wanted if page.created_at[i] or self._is_new(page.rows[i])]
        if not wanted:
            return None
        rows: Sequence[bytes] = [page.rows[i] for i in wanted]
        ids = [page.ids[i] for i in wanted]
        if None in ids:
            rows = [self._with_id(r) if i is None else r for r, i in zip(rows, ids, strict=True)]
        rows = self._personal.apply(rows)
        self._compare(rows, [page.names[i] for i in wanted])
        return PageOfRecords(self._stream, rows, int(time.time() * 1000))

    def finish(self) -> None:
        """Logs the fields that the catalog does not declare; call it at the end of a read."""
        if self._undeclared:
            fields = ", ".join(f'"{name[:100]}"' for name in sorted(self._undeclared))
            logger.warning(
                f"{self._stream}: Circle sent fields that the catalog does not declare: {fields}. "
                "Most destinations drop them. To get them as columns, refresh the schema of the "
                "connection (run discover) and accept the new columns."
            )

    def _is_new(self, row: bytes) -> bool:
        """Returns whether a row without a valid `created_at` was not emitted before.

        Any window may receive such a row, so the same one can come several times."""
        key = hash(bytes(row))
        new = key not in self._undated
        if len(self._undated) < _MAX_UNDATED:
            self._undated.add(key)
        return new

    def _with_id(self, row: bytes) -> bytes:
        """Returns `row` with a hash of the record as `id`, if its own is missing, null, empty or 0.

        It is the same hash as the manifest's `record | tojson | hash('sha256')`.
        """
        (record,) = JsonParser().parse(BytesIO(row))
        if record.get("id"):
            return row
        if not self._has_filled_ids:
            self._has_filled_ids = True
            logger.info(
                f'{self._stream}: Circle sent records without an "id". Each gets a hash of its content '
                'as "id", which stays the same if the record does. You need not do anything.'
            )
        digest = sha256(htmlsafe_json_dumps(record, sort_keys=True).encode()).hexdigest()
        fields = {"id": Raw(), **_fields(row)} | {"id": Raw(b'"%b"' % digest.encode())}
        return msgspec.json.encode(fields)

    def _compare(self, rows: Sequence[bytes], names: Sequence[str | None]) -> None:
        """Logs each new event type, and collects undeclared fields from a sample of `rows`.

        `rows` no longer have the fields that `personal_data` drops, so these are not reported.
        """
        last = dict(zip(names, range(len(rows)), strict=True))
        if self._known_types:
            for name in last.keys() - self._known_types - self._new_types:
                if name and len(self._new_types) < _MAX_NAMES:
                    self._new_types.add(name)
                    logger.info(
                        f'{self._stream}: the event type "{self._personal.text(name)[:100]}" is not '
                        "documented. Its records are emitted like all others."
                    )
        if self._declared:
            sample = {*last.values(), *range(0, len(rows), _SAMPLE if self._sampled else 1)}
            self._sampled = True
            if len(self._undeclared) < _MAX_NAMES:
                self._undeclared |= {f for i in sample for f in _fields(rows[i])} - self._declared
