"""Times as text, thousands at once: `numpy.datetime_as_string` takes six times as long."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from sandbox.data.clock import DAY, HOUR, MINUTE, SECOND
from sandbox.data.rng import Ints
from sandbox.options import Resolution

Bytes = NDArray[np.uint8]

_PAIRS = np.array([f"{number:02d}".encode() for number in range(100)], dtype="S2").view(np.uint16)
_SHAPE = np.frombuffer(b"0000-00-00T00:00:00.000000", np.uint8)
_LENGTHS = {"seconds": 19, "milliseconds": 23, "microseconds": 26}
_FIELDS = (  # where two digits stand, what they count in microseconds, and where they wrap
    (11, HOUR, 24),
    (14, MINUTE, 60),
    (17, SECOND, 60),
    (20, 10_000, 100),
    (22, 100, 100),
    (24, 1, 100),
)


class TimeText:
    """ISO 8601 at one resolution and one offset, so that all texts have one length."""

    def __init__(self, resolution: Resolution, offset: str) -> None:
        self._digits = _LENGTHS[resolution]
        self._suffix = np.frombuffer(offset.encode(), np.uint8)
        self._shift = offset_of(offset)
        self.width = self._digits + len(self._suffix)

    def write(self, moments: Ints, out: Bytes) -> None:
        """Into `out`, one row of `width` characters for each moment."""
        local = moments + self._shift
        text = np.empty((len(local), len(_SHAPE)), np.uint8)
        text[:] = _SHAPE
        days, inverse = np.unique(local // DAY, return_inverse=True)
        dates = np.datetime_as_string(days.astype("M8[D]")).astype("S10")
        text[:, :10] = dates[inverse].view(np.uint8).reshape(-1, 10)
        for place, unit, wrap in _FIELDS:
            pairs = _PAIRS[local // unit % wrap]
            text[:, place : place + 2] = pairs.view(np.uint8).reshape(-1, 2)
        out[:, : self._digits] = text[:, : self._digits]
        out[:, self._digits :] = self._suffix


def offset_of(text: str) -> int:
    """Microseconds ahead of UTC; ValueError if the text is no offset."""
    if text == "Z":
        return 0
    found = re.fullmatch(r"([+-])(\d\d):?(\d\d)", text)
    if not found:
        raise ValueError(f"offset: Z, +00:00 or -06:00 is needed, not {text!r}")
    size = int(found[2]) * HOUR + int(found[3]) * MINUTE
    return -size if found[1] == "-" else size
