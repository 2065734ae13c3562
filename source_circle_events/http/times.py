"""Reads the moments that the service writes: `created_at` of records, dates in headers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

CLOCKS_APART = timedelta(minutes=10)
"""By so much may the clocks of two machines differ before one of them counts as wrong."""
_FRACTION = re.compile(r"[.,]([0-9]+)")


def http_date(value: str) -> datetime | None:
    """A moment as HTTP headers write it, or None."""
    try:
        parsed = parsedate_to_datetime(value)
        return parsed.astimezone(UTC) if parsed.tzinfo else None
    except (TypeError, ValueError, OverflowError):  # none, or out of the years 1 to 9999
        return None


def moment(value: object) -> datetime | None:
    """`created_at` as the service wrote it, or None if it is no timestamp.

    Whole seconds are documented; fractions and offsets other than Z are possible. A timestamp
    without an offset is taken as UTC, since the vendor's examples are.
    """
    try:
        parsed = datetime.fromisoformat(value)  # type: ignore[arg-type]
        if parsed.tzinfo is UTC:
            return parsed
        return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    except (TypeError, ValueError, OverflowError):
        return None


def moments(texts: Sequence[Any]) -> list[datetime | None]:
    return [moment(text) for text in texts]


def resolution_of(texts: Sequence[Any], created_at: Sequence[datetime | None]) -> timedelta:
    """The finest unit that the texts of readable moments show."""
    if any(at.microsecond % 1000 for at in created_at if at):
        return timedelta(microseconds=1)  # nearly always, and soon, where it shows microseconds
    readable = "\n".join(text for text, at in zip(texts, created_at, strict=True) if at)
    digits = max(map(len, _FRACTION.findall(readable)), default=0)
    if digits > 3:
        return timedelta(microseconds=1)
    return timedelta(milliseconds=1) if digits else timedelta(seconds=1)
