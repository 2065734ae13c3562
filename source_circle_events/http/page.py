"""Turns the body of a response into a page of records.

An invalid body is an error and is never taken for the end of the data. The CDK's JSON decoder turns it
into `{}`: a web page with status 200 then ends a sync early and without an error (measured: after 20,000
of 24,000 records).

Records stay bytes as received: to decode and encode them would cost three times as much, and change
numbers and escapes. Only a body with a small fault (NaN, invalid UTF-8) is decoded and encoded again.
"""

from __future__ import annotations

import json
import math
import re
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import Message
from typing import Any

import msgspec

from source_circle_events.http.response_headers import http_date

_one_page_at_a_time = threading.Lock()
"""Limits memory: decoding a page takes three times its size. The GIL allows one thread anyway."""
_FRACTION = re.compile(r"[.,]([0-9]+)")


class NotAPageError(Exception):
    """The body is not a page of the Data API. The text says what it is, without quoting it."""


class UnusableLinkError(Exception):
    """The link to the next page is not a URL with a query, so that page cannot be requested."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of records. The four sequences have one entry for each record, in the same order."""

    rows: Sequence[msgspec.Raw]
    """The JSON of each record as received, on one line, in valid UTF-8. A row is a view into the body;
    `bytes(row)` copies it."""
    ids: Sequence[str | int | None]
    """None if `id` is missing, empty, 0, or neither a string nor an integer."""
    names: Sequence[str | None]
    """None if `name` is missing or not a string."""
    created_at: Sequence[datetime | None]
    """In UTC; None if it is missing or not a timestamp."""
    resolution: timedelta
    """The precision of `created_at` on this page: a second, a millisecond or a microsecond."""
    next_query: str | None
    """The query of `next_page_uri`, unchanged; None on the last page. The link's host is ignored."""
    server_time: datetime | None
    """Circle's time when the page was requested, or a little earlier; None without a valid `Date`."""

    @property
    def first_created_at(self) -> datetime | None:
        """The time of the first record that has one."""
        return next((at for at in self.created_at if at), None)


class _Fields(msgspec.Struct, gc=False):
    """The fields of a record that the package reads; their types are not checked here."""

    id: Any = None
    name: Any = None
    created_at: Any = None


class _Records(msgspec.Struct, gc=False):
    events: list[_Fields]


class _Envelope(msgspec.Struct, gc=False):
    events: list[msgspec.Raw]
    pagination: dict[str, Any] | None = None


_records = msgspec.json.Decoder(_Records)
_envelope = msgspec.json.Decoder(_Envelope)


def page_of(body: bytes, headers: Mapping[str, str], took: timedelta = timedelta(0)) -> Page:
    """Returns the page in `body`. `took`: the time from the request to the response's headers.

    Raises NotAPageError or UnusableLinkError.
    """
    # `Date` is the time of the response, which may be long after Circle selected the records.
    answered = http_date(headers.get("Date", ""))
    server_time = answered - took if answered else None
    with _one_page_at_a_time:
        with suppress(ValueError):
            return _decoded(body, server_time)
        try:
            return _decoded(_rewritten(body, headers.get("Content-Type", "")), server_time)
        except msgspec.ValidationError:
            what = 'other JSON (no list "events" of objects, or no object "pagination")'
        except ValueError:
            what = "incomplete JSON" if body.strip() else "an empty body"
    raise NotAPageError("a web page" if is_web_page(body) else what)


def is_web_page(body: bytes) -> bool:
    return body.lstrip()[:1] == b"<"


def _decoded(text: bytes, server_time: datetime | None) -> Page:
    """Decodes `text`, a page in strict JSON; raises ValueError if it is not one."""
    text.decode()  # raises, since msgspec does not check all of it
    if b"\n" in text or b"\r" in text:
        text = msgspec.json.format(text, indent=-1)  # removes the line breaks between tokens
    envelope = _envelope.decode(text)
    if envelope.pagination is None and envelope.events:
        raise msgspec.ValidationError
    records = _records.decode(text).events
    texts = [record.created_at for record in records]
    created_at = [moment(text) for text in texts]
    return Page(
        rows=envelope.events,
        ids=[(type(record.id) in (str, int) and record.id) or None for record in records],
        names=[record.name if isinstance(record.name, str) else None for record in records],
        created_at=created_at,
        resolution=_resolution(texts, created_at),
        next_query=_next_query((envelope.pagination or {}).get("next_page_uri")),
        server_time=server_time,
    )


def _rewritten(body: bytes, content_type: str) -> bytes:
    """Converts a body that is nearly JSON to strict JSON in UTF-8; raises ValueError if it is not JSON.

    Decodes it by its charset, or as UTF-8 with replacement characters. NaN and infinite numbers become
    null, lone surrogates become "?": destinations reject them, and one bad byte must not stop a sync.
    """
    header = Message()
    header["Content-Type"] = content_type
    text = body.decode("utf-8-sig", "replace")
    with suppress(LookupError, UnicodeDecodeError):
        text = body.decode(header.get_content_charset("utf-8-sig"))

    def finite(number: str) -> float | None:
        return value if math.isfinite(value := float(number)) else None

    content = json.loads(text, strict=False, parse_float=finite, parse_constant=lambda _: None)
    return json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")


def _next_query(link: object) -> str | None:
    if link is None or link == "":
        return None
    query = link.partition("#")[0].partition("?")[2] if isinstance(link, str) else ""
    if not query:
        raise UnusableLinkError
    return query


def moment(value: object) -> datetime | None:
    """Parses a `created_at` and returns it in UTC; None if it is not a timestamp.

    Circle documents whole seconds in UTC; fractions and other offsets are accepted too. A timestamp
    without an offset is read as UTC, as in Circle's examples.
    """
    try:
        parsed = datetime.fromisoformat(value)  # type: ignore[arg-type]
        if parsed.tzinfo is UTC:
            return parsed
        return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    except (TypeError, ValueError, OverflowError):
        return None


def _resolution(texts: Sequence[Any], created_at: Sequence[datetime | None]) -> timedelta:
    if any(at.microsecond % 1000 for at in created_at if at):
        return timedelta(microseconds=1)  # the quick case: seen in the first records
    readable = "\n".join(text for text, at in zip(texts, created_at, strict=True) if at)
    digits = max(map(len, _FRACTION.findall(readable)), default=0)
    if digits > 3:
        return timedelta(microseconds=1)
    return timedelta(milliseconds=1) if digits else timedelta(seconds=1)
