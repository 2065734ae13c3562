"""Turns the body of an answer into a page of records, or says why it is none.

The CDK's JSON decoder turns a body it cannot read into `{}`, which has no records and no next page:
an HTML page, an empty or cut-off body with status 200 ends a sync green with the rest of the history
missing (measured: 20,000 of 24,000 records). Here a body is a page or an error, never "no more".

Records leave as the bytes that came: decoding and encoding them costs three times as much, and
changes numbers and escapes. What msgspec does not look at where it only skips (measured: UTF-8,
numbers too large for a double, a key given twice) is looked at first; a body that is nearly JSON is
mended as text (`_mended`) and then read the same way, so that there is one reading.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec


class NotAPageError(ValueError):
    """The body is no page of the Data API; the text says what is wrong with it, never its content."""


class UnusableLinkError(ValueError):
    """A page whose link to the next one cannot be followed."""


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of the service; the four sequences have one entry for each record, in its order."""

    rows: Sequence[bytes]
    """The JSON of each record as it came, on one line, valid UTF-8."""
    ids: Sequence[str | int | None]
    """None where `id` is absent or neither text nor a whole number."""
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
    id: str | int | None = None
    name: str | None = None
    created_at: str | None = None


class _LooseLook(msgspec.Struct, gc=False):
    id: Any = None
    name: Any = None
    created_at: Any = None


class _Looks(msgspec.Struct, gc=False):
    events: list[_Look]


class _LooseLooks(msgspec.Struct, gc=False):
    events: list[_LooseLook]


class _Envelope(msgspec.Struct, gc=False):
    events: list[msgspec.Raw]
    pagination: dict[str, Any] | None = None


_looks = msgspec.json.Decoder(_Looks)
_loose_looks = msgspec.json.Decoder(_LooseLooks)
_envelope = msgspec.json.Decoder(_Envelope)

_ENVELOPE_KEYS = re.compile(rb'"(events|pagination)"\s*:')
_SHAPE = bytes(48 if chr(i) in "0123456789" else 101 if chr(i) == "E" else i for i in range(256))
"""Every digit as 0 and E as e, so that numbers of one shape are found as one text."""
_MOST_DIGITS = 200
"""So many digits in a row, or an exponent of three, are taken for a number too large for a double
(1.8e308) until `_mended` has looked."""
_BEFORE_A_NUMBER = re.compile(rb"[:,\[\s]-?\Z")
_TOKEN = re.compile(
    rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|-?(?:NaN|Infinity)\b|-?[0-9][0-9.eE+-]*+', re.DOTALL
)
_UNUSUAL = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(?P<half>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)|(?P<control>[\x00-\x1f])",
    re.DOTALL,
)
_FRACTION = re.compile(r"[.,]([0-9]+)")


def page_of(body: bytes, headers: Mapping[str, str]) -> Page:
    """The page in `body`; NotAPageError or UnusableLinkError if there is none."""
    text = _utf8(body, headers.get("Content-Type", ""))
    if not text.strip():
        raise NotAPageError("an empty body")
    server_time = http_date(headers.get("Date", ""))
    try:
        if not _holds_a_huge_number(text):
            return _split(text, server_time)
    except (msgspec.DecodeError, RecursionError):
        pass
    try:
        return _split(_mended(text), server_time)
    except msgspec.ValidationError:
        raise NotAPageError(
            'JSON without a list "events" of objects and an object "pagination"'
        ) from None
    except (msgspec.DecodeError, RecursionError):
        html = text.lstrip()[:1] == b"<"
        raise NotAPageError("an HTML page" if html else "incomplete JSON") from None


def http_date(value: str) -> datetime | None:
    """A moment as HTTP headers write it, or None."""
    try:
        parsed = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    return parsed.astimezone(UTC) if parsed.tzinfo else None


def moment(value: object) -> datetime | None:
    """`created_at` as the service wrote it, or None if it is no timestamp.

    Whole seconds are documented; fractions and offsets other than Z are possible. A timestamp
    without an offset is taken as UTC, since the vendor's examples are.
    """
    if not isinstance(value, str):
        return None
    try:
        parsed = datetime.fromisoformat(value)
        return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _split(text: bytes, server_time: datetime | None) -> Page:
    """The page in `text`, which is UTF-8. Raises msgspec's errors for all that is none."""
    if b"\n" in text or b"\r" in text:
        text = msgspec.json.format(text, indent=-1)  # without the line breaks between its tokens
    envelope = _envelope.decode(text)
    if envelope.pagination is None and envelope.events:
        raise msgspec.ValidationError("no pagination")
    _refuse_double_keys(text)
    rows = list(map(bytes, envelope.events))
    looks: Sequence[_Look | _LooseLook]
    try:
        looks = _looks.decode(text).events
    except msgspec.ValidationError:
        looks = _loose_looks.decode(text).events
    texts = [look.created_at for look in looks]
    created_at = _moments(texts)
    return Page(
        rows=rows,
        ids=[_identity(look.id) for look in looks],
        names=[look.name if isinstance(look.name, str) else None for look in looks],
        created_at=created_at,
        resolution=_resolution(texts, created_at),
        next_query=_next_query((envelope.pagination or {}).get("next_page_uri")),
        server_time=server_time,
    )


def _identity(value: object) -> str | int | None:
    is_one = isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool))
    return value if is_one else None  # type: ignore[return-value]


def _moments(texts: Sequence[Any]) -> list[datetime | None]:
    try:
        parsed = [datetime.fromisoformat(text) for text in texts]
    except (TypeError, ValueError):
        return [moment(text) for text in texts]
    if all(at.tzinfo is UTC for at in parsed):
        return parsed  # type: ignore[return-value]
    return [moment(text) for text in texts]


def _resolution(texts: Sequence[Any], created_at: Sequence[datetime | None]) -> timedelta:
    digits = 0
    if any(at.microsecond % 1000 for at in created_at if at):
        digits = 6  # nearly always, and soon, where the service shows microseconds
    else:
        known = (text for text, at in zip(texts, created_at, strict=True) if at)
        digits = max(map(len, _FRACTION.findall("\n".join(known))), default=0)
    if digits > 3:
        return timedelta(microseconds=1)
    return timedelta(milliseconds=1) if digits else timedelta(seconds=1)


def _next_query(link: object) -> str | None:
    if link is None or link == "":
        return None
    query = link.partition("#")[0].partition("?")[2] if isinstance(link, str) else ""
    if not query:
        raise UnusableLinkError
    return query


def _refuse_double_keys(text: bytes) -> None:
    """A second `events` would hide the first one's records, a second `pagination` its link."""
    if text.count(b'"events"') == 1 and text.count(b'"pagination"') < 2 and not _spelt_out(text):
        return
    if len(_ENVELOPE_KEYS.findall(text)) > 2 or _spelt_out(text):
        keys = [key for key, _ in json.loads(text, object_pairs_hook=list)]
        if keys.count("events") > 1 or keys.count("pagination") > 1:
            raise msgspec.ValidationError("a key given twice")


def _spelt_out(text: bytes) -> bool:
    """Whether letters are written as escapes, `\\u0065` for `e`: such a key is found by decoding."""
    return b"\\" in text and (b"\\u006" in text or b"\\u007" in text)


def _utf8(body: bytes, content_type: str) -> bytes:
    """`body` as UTF-8 without a byte-order mark.

    A byte-order mark says how it is written, else the header's charset, else it is UTF-8, where a
    byte that is none becomes U+FFFD: no warehouse takes it, and one bad letter is no reason to stop.
    """
    header = Message()
    header["Content-Type"] = content_type
    encoding = json.detect_encoding(body)
    if encoding == "utf-8":
        encoding = header.get_content_charset() or encoding
    try:
        if encoding in ("utf-8", "utf8"):
            if not body.isascii():
                body.decode()
            return body
        return body.decode(encoding).removeprefix("\ufeff").encode()
    except (LookupError, ValueError):
        return body.decode("utf-8-sig", "replace").encode()


def _holds_a_huge_number(text: bytes) -> bool:
    """Whether there may be a number too large for a double; msgspec does not see those it skips."""
    shape = text.translate(_SHAPE)
    if b"0" * _MOST_DIGITS in shape:
        return True
    for exponent in (b"0e000", b"0e+000"):
        at = shape.find(exponent)
        while at >= 0:
            # Most are within a uuid; a number begins right after one of `:,[`.
            head = shape[max(0, at - 2 * _MOST_DIGITS) : at].rstrip(b"0.")[-2:]
            if _BEFORE_A_NUMBER.search(head):
                return True
            at = shape.find(exponent, at + 1)
    return False


def _mended(text: bytes) -> bytes:
    """`text` with what is nearly JSON made JSON, and all else as it is.

    Half of a surrogate pair becomes U+FFFD, a raw control character its escape, NaN and Infinity
    null, as JavaScript writes them; a number too large for a double becomes its digits as a string.
    """
    return _TOKEN.sub(_mended_token, text)


def _mended_token(match: re.Match[bytes]) -> bytes:
    token = match[0]
    if token[:1] == b'"':
        return _UNUSUAL.sub(_mended_character, token)
    if token[-1:] in b"Ny":
        return b"null"
    try:
        return token if math.isfinite(float(token)) else b'"' + token + b'"'
    except ValueError:
        return token  # no number: msgspec will say so


def _mended_character(match: re.Match[bytes]) -> bytes:
    if match["half"]:
        return rb"\ufffd"
    return rb"\u%04x" % ord(match["control"]) if match["control"] else match[0]
