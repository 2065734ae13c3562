"""Pseudo-random numbers and times, both as integers.

A random number depends on its arguments alone, so that row 3,000,000 can be made without the rows before
it. Times are microseconds since the epoch, which avoids rounding errors at bounds.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def salt(*parts: object) -> int:
    """A 64-bit number that stands for the parts, the same in every process."""
    return int.from_bytes(blake2b(repr(parts).encode(), digest_size=8).digest(), "big")


def words(numbers: Ints, key: int) -> NDArray[np.uint64]:
    """A 64-bit word for each number (splitmix64): different numbers, different words."""
    x = numbers.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(key)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def shares(numbers: Ints, key: int) -> Floats:
    """A number in [0, 1) for each number."""
    return (words(numbers, key) >> np.uint64(11)).astype(np.float64) / float(1 << 53)


SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def from_epoch(text: str) -> int:
    """Epoch seconds with any number of decimals, exactly; ValueError if it is none."""
    try:
        return int(Decimal(text) * SECOND)
    except (InvalidOperation, ValueError, OverflowError):  # no number, not a number, infinite
        raise ValueError(f"not a number of seconds: {text!r}") from None


def from_iso(text: str) -> int:
    """An ISO 8601 date or time; without an offset it is UTC. ValueError if it is none."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(microseconds=1)


def to_iso(moment: int) -> str:
    """As a config or a person wants it: UTC, whole seconds."""
    return (_EPOCH + timedelta(microseconds=moment)).strftime("%Y-%m-%dT%H:%M:%SZ")
