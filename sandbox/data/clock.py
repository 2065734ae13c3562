"""Times as microseconds since the epoch: whole numbers, so that no bound is off by a rounding."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def from_epoch(text: str) -> int:
    """Epoch seconds with any number of decimals, exactly; ValueError if it is none."""
    try:
        number = Decimal(text)
        return int(number * SECOND) if number.is_finite() else _refuse(text)
    except InvalidOperation:
        return _refuse(text)


def from_iso(text: str) -> int:
    """An ISO 8601 date or time; without an offset it is UTC. ValueError if it is none."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(microseconds=1)


def from_text(text: str) -> int:
    """Either of the two."""
    try:
        return from_epoch(text)
    except ValueError:
        return from_iso(text)


def to_iso(moment: int) -> str:
    """As a config or a person wants it: UTC, whole seconds."""
    return (_EPOCH + timedelta(microseconds=moment)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _refuse(text: str) -> int:
    raise ValueError(f"not a number of seconds: {text!r}")
