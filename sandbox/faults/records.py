"""What can be wrong with records: malformed, late, gone.

A list that does not stand still makes page numbers lie: they count rows from the start of the list. A
row that vanishes there pulls the others up, and one is skipped; a row that surfaces pushes them down,
and one comes twice.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from pydantic import Field

from sandbox.data.random_and_time import SECOND, Flags, Ints, salt, shares
from sandbox.options import Options, Spec

_BIG: Mapping[str, object] = {
    "sequence": 2**64 + 12345,
    "ratio": 12345678901234567890.123456789,
    "payload": {"type": "BigNumber", "id": -(2**70)},
}
# a null character, a lone surrogate (escaped), beyond the first plane, right to left, a combining
# accent, line separators
_TEXT = "\x00 \ud800 😀 مرحبا é \u2028\u2029 \ufeff"
_UNICODE = {"payload": {"type": "Space", "id": 1, "name": _TEXT, "slug": "odd"}}

MALFORMED: Mapping[str, Callable[[dict[str, Any]], object]] = {
    "no_id": lambda record: record.pop("id"),
    "null_id": lambda record: record.update(id=None),
    "empty_id": lambda record: record.update(id=""),
    "no_created_at": lambda record: record.pop("created_at"),
    "null_created_at": lambda record: record.update(created_at=None),
    "bad_created_at": lambda record: record.update(created_at="yesterday"),
    "impossible_created_at": lambda record: record.update(created_at="2025-02-31T23:59:60Z"),
    "null_payload": lambda record: record.update(payload=None),
    "unknown_name": lambda record: record.update(name="quests.finished"),
    "big_numbers": lambda record: record.update(_BIG),
    "odd_unicode": lambda record: record.update({"name": ""} | record | _UNICODE),
    "not_an_object": lambda record: record.clear(),
}


class Malformed(Spec):
    """`KIND[,every=N][,first=N]`: the rows `first`, `first` + `every`, ... by row number."""

    kind: str = Field(pattern=f"^({'|'.join(MALFORMED)})$")
    every: int = Field(1000, ge=1)
    first: int = 0

    def places(self, numbers: Ints) -> Ints:
        """Where in `numbers` its rows are."""
        return np.flatnonzero((numbers >= self.first) & ((numbers - self.first) % self.every == 0))

    def spoil(self, records: list[str], numbers: Ints) -> None:
        for place in self.places(numbers).tolist():
            record = json.loads(records[place])
            if isinstance(record, dict):  # or another kind met this row before
                MALFORMED[self.kind](record)
                records[place] = json.dumps(record or "a text where a record should be")


LAG = 50 * SECOND
"""How late the option `lag` shows a row at most."""


class Visibility:
    """Which of one stream's rows its list holds by now, by row number.

    Each answer with rows is followed by changes among these rows and as far again on either side.
    """

    def __init__(self, options: Options, stream: str) -> None:
        self._delete, self._surface, self._lag = options.delete, options.surface, options.lag
        self._salts = {use: salt(stream, use) for use in ("delete", "surface", "lag")}
        self._read: Flags = np.zeros(1, np.bool_)
        """Whether an answer changed a row; beyond the end: none did."""

    @property
    def whole(self) -> bool:
        """Every row that is stored is in the list."""
        return not (self._delete or self._surface or self._lag)

    def answered(self, numbers: Ints) -> None:
        """A page with these rows was answered: those around them change now."""
        if self.whole or not len(numbers):
            return
        first, last = int(numbers.min()), int(numbers.max())
        reach = (last - first) // 2 + 1
        stop = last + reach + 1
        if stop >= len(self._read):
            self._read = np.pad(self._read, (0, 2 * stop - len(self._read)))
        self._read[max(0, first - reach) : stop] = True

    def seen(self, numbers: Ints, stored: Ints, now: int) -> Flags:
        """Which of these rows are in the list now."""
        chance = shares(numbers, self._salts["lag"])
        wait = chance / max(self._lag, 1e-9) * LAG
        waiting = (chance < self._lag) & (stored + wait > now)
        surfaced = ~self.late(numbers) | self._changed(numbers)
        return ~waiting & ~self.deleted(numbers) & surfaced

    def deleted(self, numbers: Ints) -> Flags:
        """Which of these rows have vanished."""
        chosen = shares(numbers, self._salts["delete"]) < self._delete
        return chosen & self._changed(numbers)

    def late(self, numbers: Ints) -> Flags:
        """Which of these rows were not there at first, whether they have surfaced or not."""
        return shares(numbers, self._salts["surface"]) < self._surface

    def _changed(self, numbers: Ints) -> Flags:
        return self._read.take(numbers, mode="clip")
