"""Record ids: a UUID that is a function of seed, stream and row number."""

from __future__ import annotations

import numpy as np

from sandbox.data.rng import Ints, salt, words
from sandbox.data.times import Bytes

WIDTH = 36
_HEX = np.array([f"{number:02x}".encode() for number in range(256)], dtype="S2").view(np.uint16)
_GROUPS = ((0, 8, 0), (9, 13, 8), (14, 18, 12), (19, 23, 16), (24, 36, 20))


class Ids:
    """122 bits of chance a row: two rows with one id are out of the question."""

    def __init__(self, seed: int, stream: str) -> None:
        self._keys = salt(seed, stream, "id"), salt(seed, stream, "id, second half")

    def write(self, numbers: Ints, out: Bytes) -> None:
        """Into `out`, one row of 36 characters for each number."""
        raw = np.empty((len(numbers), 2), dtype=">u8")
        for half, key in enumerate(self._keys):
            raw[:, half] = words(numbers, key)
        octets = raw.view(np.uint8).reshape(-1, 16)
        octets[:, 6] = octets[:, 6] & 0x0F | 0x40
        octets[:, 8] = octets[:, 8] & 0x3F | 0x80
        text = _HEX[octets].view(np.uint8).reshape(-1, 32)
        out[:] = ord("-")
        for start, end, source in _GROUPS:
            out[:, start:end] = text[:, source : source + end - start]
