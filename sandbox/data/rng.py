"""Chance that is a function of its arguments, so that row 3,000,000 needs none of those before it.

Growing rows must be the same however often, and in whatever steps, the history was extended.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Words = NDArray[np.uint64]


def salt(*parts: object) -> int:
    """A 64-bit number that stands for the parts, the same in every process."""
    return int.from_bytes(blake2b(repr(parts).encode(), digest_size=8).digest(), "big")


def words(numbers: Ints, key: int) -> Words:
    """A 64-bit word for each number (splitmix64): different numbers, different words."""
    x = numbers.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(key)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def shares(numbers: Ints, key: int) -> Floats:
    """A number in [0, 1) for each number."""
    return (words(numbers, key) >> np.uint64(11)).astype(np.float64) / float(1 << 53)


class Dice:
    """Small choices for one template, quick to make: `random.Random` takes longer to seed."""

    def __init__(self, *parts: object) -> None:
        self._state = salt(*parts)

    def below(self, limit: int) -> int:
        self._state = (self._state * 6364136223846793005 + 1442695040888963407) % (1 << 64)
        return (self._state >> 33) % limit

    def pick(self, things: Sequence[T]) -> T:
        return things[self.below(len(things))]
