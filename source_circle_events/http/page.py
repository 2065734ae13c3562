"""Turns the body of an answer into a page of records.

A body is a page or an error, never "no more records": the CDK's JSON decoder turns what it cannot read
into `{}`, so that a web page with status 200 ends a sync without an error and without the rest of the
history (measured: 20,000 of 24,000 records).

Records stay the bytes that came: decoding and encoding them costs three times as much, and changes
numbers and escapes. Only a body that is not strict JSON in UTF-8 is decoded leniently and written anew.
"""

from __future__ import annotations

import codecs
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

from source_circle_events.http.retry import http_date

_one_page_at_a_time = threading.Lock()
"""Decoding a page needs three times its size, and the interpreter runs one thread at a time anyway."""
_PIECE = 1 << 14
_FRACTION = re.compile(r"[.,]([0-9]+)")


class NotAPageError(Exception):
    """The body is not a page of the Data API; the text says what it is, never its content."""


class UnusableLinkError(Exception):
    """A page whose link to the next one has no query."""


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of the service; the four sequences have one entry for each record, in its order."""

    rows: Sequence[msgspec.Raw]
    """The JSON of each record as it came, on one line, valid UTF-8. Each is a part of the one body;
    `bytes(row)` copies it."""
    ids: Sequence[str | int | None]
    """None where `id` is absent, empty, 0, or neither text nor a whole number."""
    names: Sequence[str | None]
    """None where `name` is absent or not text."""
    created_at: Sequence[datetime | None]
    """In UTC; None where it is absent or not a timestamp."""
    resolution: timedelta
    """The finest unit that the texts of `created_at` show: a second, a milli- or a microsecond."""
    next_query: str | None
    """The query of `next_page_uri`, as it came. The link's host is ignored."""
    server_time: datetime | None
    """The service's clock when the page was requested, or a little earlier, never later."""


class _Fields(msgspec.Struct, gc=False):
    """The fields of a record that are looked at, of any type."""

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
    """The page in `body`, `took` being the time from the request to the answer's headers.

    Raises NotAPageError, UnusableLinkError, or RecursionError for JSON that is nested too deeply.
    """
    # `Date` is stamped when the answer is sent, which may be long after its rows were chosen.
    answered = http_date(headers.get("Date", ""))
    server_time = answered - took if answered else None
    with _one_page_at_a_time:
        with suppress(ValueError):
            return _decoded(body, server_time)
        try:
            return _decoded(_rewritten(body, headers.get("Content-Type", "")), server_time)
        except msgspec.ValidationError:
            what = 'JSON without a list "events" of objects and an object "pagination"'
        except ValueError:
            what = "incomplete JSON" if body.strip() else "an empty body"
    raise NotAPageError("a web page" if is_web_page(body) else what)


def is_web_page(body: bytes) -> bool:
    return body.lstrip()[:1] == b"<"


def _decoded(text: bytes, server_time: datetime | None) -> Page:
    """The page in strict JSON; ValueError for everything else."""
    _check_utf8(text)
    if b"\n" in text or b"\r" in text:
        text = msgspec.json.format(text, indent=-1)  # without the line breaks between its tokens
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


def _check_utf8(body: bytes) -> None:
    """Raises UnicodeDecodeError. msgspec does not check what it skips; in pieces, this takes a quarter
    of the time."""
    if not body.isascii():
        decoder = codecs.getincrementaldecoder("utf-8")()
        for start in range(0, len(body), _PIECE):
            decoder.decode(body[start : start + _PIECE])
        decoder.decode(b"", final=True)


def _rewritten(body: bytes, content_type: str) -> bytes:
    """A body that is nearly JSON as strict JSON in UTF-8; ValueError if it is not JSON.

    Read by its charset, or as UTF-8 with replacement characters. NaN and infinite numbers become null,
    halves of surrogate pairs "?". Destinations accept neither, and one bad byte must not stop a sync.
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
    """`created_at` as the service wrote it, or None if it is not a timestamp.

    Whole seconds are documented; fractions and other offsets than Z are possible. A timestamp without
    an offset is taken as UTC, as in the vendor's examples.
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
        return timedelta(microseconds=1)  # nearly always true at once, where microseconds are shown
    readable = "\n".join(text for text, at in zip(texts, created_at, strict=True) if at)
    digits = max(map(len, _FRACTION.findall(readable)), default=0)
    if digits > 3:
        return timedelta(microseconds=1)
    return timedelta(milliseconds=1) if digits else timedelta(seconds=1)
