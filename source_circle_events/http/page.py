"""Turns the body of an answer into a page of records, or says why it is none.

The CDK's JSON decoder turns a body it cannot read into `{}`, which has no records and no next page:
an HTML page, an empty or cut-off body with status 200 ends a sync green with the rest of the history
missing (measured: 20,000 of 24,000 records). Here a body is a page or an error, never "no more".

Records leave as the bytes that came: decoding and encoding them costs three times as much, and
changes numbers and escapes. What msgspec does not look at where it only skips (measured: UTF-8,
numbers too large for a double, a key given twice) is looked at first; a body that is nearly JSON is
mended as text (`mended`) and then read the same way, so that there is one reading.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from source_circle_events.http.mending import holds_a_huge_number, mended, utf8
from source_circle_events.http.times import http_date, moments, resolution_of


class NotAPageError(ValueError):
    """The body is no page of the Data API; the text says what is wrong with it, never its content."""


class UnusableLinkError(ValueError):
    """A page whose link to the next one cannot be followed."""


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of the service; the four sequences have one entry for each record, in its order."""

    rows: Sequence[msgspec.Raw]
    """The JSON of each record as it came, on one line, valid UTF-8. Each is a part of the one body;
    `bytes(row)` copies it."""
    ids: Sequence[str | int | None]
    """None where `id` tells no rows apart: absent, empty, 0, or neither text nor a whole number."""
    names: Sequence[str | None]
    """None where `name` is absent or no text."""
    created_at: Sequence[datetime | None]
    """In UTC; None where it is absent or no timestamp."""
    resolution: timedelta
    """The finest unit that the texts of `created_at` show: a second, a milli- or a microsecond."""
    next_query: str | None
    """The query of `next_page_uri`, as it came. The host it names is nobody's business."""
    server_time: datetime | None
    """The service's own clock, from the `Date` header."""


class _Look(msgspec.Struct, gc=False):
    """What is looked at of a record, of whatever type it is."""

    id: Any = None
    name: Any = None
    created_at: Any = None


class _Looks(msgspec.Struct, gc=False):
    events: list[_Look]


class _Envelope(msgspec.Struct, gc=False):
    events: list[msgspec.Raw]
    pagination: dict[str, Any] | None = None


_looks = msgspec.json.Decoder(_Looks)
_envelope = msgspec.json.Decoder(_Envelope)


def page_of(body: bytes, headers: Mapping[str, str]) -> Page:
    """The page in `body`; NotAPageError or UnusableLinkError if there is none."""
    text = utf8(body, headers.get("Content-Type", ""))
    if not text.strip():
        raise NotAPageError("an empty body")
    server_time = http_date(headers.get("Date", ""))
    try:
        if not holds_a_huge_number(text):
            return _split(text, server_time)
    except (msgspec.DecodeError, RecursionError):
        pass
    try:
        return _split(mended(text), server_time)
    except msgspec.ValidationError:
        raise NotAPageError(
            'JSON without a list "events" of objects and an object "pagination"'
        ) from None
    except (msgspec.DecodeError, RecursionError):
        html = text.lstrip()[:1] == b"<"
        raise NotAPageError("an HTML page" if html else "incomplete JSON") from None


def _split(text: bytes, server_time: datetime | None) -> Page:
    """The page in `text`, which is UTF-8. Raises msgspec's errors for all that is none."""
    if b"\n" in text or b"\r" in text:
        text = msgspec.json.format(text, indent=-1)  # without the line breaks between its tokens
    envelope = _envelope.decode(text)
    if envelope.pagination is None and envelope.events:
        raise msgspec.ValidationError("no pagination")
    rows = envelope.events
    _refuse_double_keys(_around(rows, text))
    looks = _looks.decode(text).events
    texts = [look.created_at for look in looks]
    created_at = moments(texts)
    return Page(
        rows=rows,
        ids=[(type(look.id) in (str, int) and look.id) or None for look in looks],
        names=[look.name if isinstance(look.name, str) else None for look in looks],
        created_at=created_at,
        resolution=resolution_of(texts, created_at),
        next_query=_next_query((envelope.pagination or {}).get("next_page_uri")),
        server_time=server_time,
    )


def _next_query(link: object) -> str | None:
    if link is None or link == "":
        return None
    query = link.partition("#")[0].partition("?")[2] if isinstance(link, str) else ""
    if not query:
        raise UnusableLinkError
    return query


def _around(rows: Sequence[bytes], text: bytes) -> bytes:
    """`text` without its records if they are one list without gaps, else the whole of it."""
    if not rows:
        return text
    start, end = text.find(rows[0]), text.rfind(rows[-1]) + len(rows[-1])
    if end - start != sum(map(len, rows)) + len(rows) - 1:
        return text
    return text[:start] + b"{}" + text[end:]


def _refuse_double_keys(text: bytes) -> None:
    """A second `events` would hide the first one's records, a second `pagination` its link."""
    once = text.count(b'"events"') == 1 and text.count(b'"pagination"') < 2
    if once and not (b"\\u006" in text or b"\\u007" in text):  # as `\u0065` for `e`
        return
    keys = [key for key, _ in json.loads(text, object_pairs_hook=list)]
    if keys.count("events") > 1 or keys.count("pagination") > 1:
        raise msgspec.ValidationError("a key given twice")
