"""Long JSON lists of texts of one length, in pieces, without making the texts one by one.

Four million ids as Python strings take a gigabyte and hold up the API for ten seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from sandbox.data.rng import Ints
from sandbox.data.times import Bytes

_AT_ONCE = 100_000


def json_list(write: Callable[[Ints, Bytes], None], width: int, values: Ints) -> Iterator[bytes]:
    """A JSON list of what `write` makes of the values, each `width` characters."""
    yield b"["
    for start in range(0, len(values), _AT_ONCE):
        some = values[start : start + _AT_ONCE]
        block = np.full((len(some), width + 3), ord('"'), np.uint8)
        block[:, 0] = ord(",")
        write(some, block[:, 2 : 2 + width])
        yield block.tobytes() if start else block.tobytes()[1:]
    yield b"]"
