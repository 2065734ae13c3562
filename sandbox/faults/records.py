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

from sandbox.data.numbers import SECOND, Flags, Floats, Ints, salt, shares
from sandbox.options import Options, Spec

Record = dict[str, Any]


def _big_numbers(record: Record) -> None:
    record["sequence"] = 2**64 + 12345
    record["ratio"] = 12345678901234567890.123456789
    record["payload"] = {"type": "BigNumber", "id": -(2**70)}


def _unicode(record: Record) -> None:
    # a null character, a lone surrogate (escaped), beyond the first plane, right to left, a
    # combining accent, line separators
    text = "\x00 \ud800 😀 مرحبا é \u2028\u2029 \ufeff"
    record["name"] = record.get("name") or ""
    record["payload"] = {"type": "Space", "id": 1, "name": text, "slug": "odd"}


MALFORMED: Mapping[str, Callable[[Record], object]] = {
    "no_id": lambda record: record.pop("id"),
    "null_id": lambda record: record.update(id=None),
    "no_created_at": lambda record: record.pop("created_at"),
    "null_created_at": lambda record: record.update(created_at=None),
    "bad_created_at": lambda record: record.update(created_at="yesterday"),
    "far_future": lambda record: record.update(created_at="9999-12-31T23:59:59Z"),
    "null_payload": lambda record: record.update(payload=None),
    "unknown_name": lambda record: record.update(name="quests.finished"),
    "big_numbers": _big_numbers,
    "odd_unicode": _unicode,
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

    def spoil(self, records: list[bytes], numbers: Ints) -> None:
        for place in self.places(numbers).tolist():
            record = json.loads(records[place])
            if isinstance(record, dict):  # or another kind met this row before
                MALFORMED[self.kind](record)
                text = json.dumps(record or "a text where a record should be")
                records[place] = text.encode()


class Share(Spec):
    """`SHARE[,after=N]`: that share of the rows, from the stream's answer number N on."""

    share: float = Field(0.0, ge=0, le=1)
    after: int = Field(0, ge=0)


class Lag(Spec):
    """`SHARE:SECONDS`: that share of the rows is seen late, by up to so many seconds."""

    share: float
    seconds: float

    @classmethod
    def of(cls, text: str | None) -> Lag:
        return cls.parse("lag", (text or "0:0").replace(":", ",seconds="))


class Visibility:
    """Which of one stream's rows its list holds by now, by row number.

    Each answer with rows is followed by changes among these rows and as far again on either side.
    """

    def __init__(self, options: Options, stream: str) -> None:
        self._delete = Share.parse("delete", options.delete or "0")
        self._surface = Share.parse("surface", options.surface or "0")
        self.lag = Lag.of(options.lag)
        self._salts = {use: salt(options.seed, stream, use) for use in ("delete", "surface", "lag")}
        self._answers = 0
        self._reached: Ints = np.zeros(1, np.int64)
        """The number of the last answer that changed a row; beyond the end: none."""

    @property
    def whole(self) -> bool:
        """Every row that is stored is in the list."""
        return not (self._delete.share or self._surface.share or self.lag.seconds)

    def answered(self, numbers: Ints) -> None:
        """A page with these rows was answered: those around them change now."""
        if self.whole or not len(numbers):
            return
        self._answers += 1
        first, last = int(numbers.min()), int(numbers.max())
        reach = (last - first) // 2 + 1
        stop = last + reach + 1
        if stop >= len(self._reached):
            self._reached = np.pad(self._reached, (0, 2 * stop - len(self._reached)))
        self._reached[max(0, first - reach) : stop] = self._answers

    def seen(self, numbers: Ints, stored: Ints, now: int) -> Flags:
        """Which of these rows are in the list now."""
        chance = self._chance(numbers, "lag")
        wait = chance / max(self.lag.share, 1e-9) * self.lag.seconds * SECOND
        waiting = (chance < self.lag.share) & (stored + wait > now)
        surfaced = ~self.late(numbers) | self._met(numbers, self._surface)
        return ~waiting & ~self.deleted(numbers) & surfaced

    def deleted(self, numbers: Ints) -> Flags:
        """Which of these rows have vanished."""
        chosen = self._chance(numbers, "delete") < self._delete.share
        return chosen & self._met(numbers, self._delete)

    def late(self, numbers: Ints) -> Flags:
        """Which of these rows were not there at first, whether they have surfaced or not."""
        return self._chance(numbers, "surface") < self._surface.share

    def _chance(self, numbers: Ints, use: str) -> Floats:
        return shares(numbers, self._salts[use])

    def _met(self, numbers: Ints, share: Share) -> Flags:
        return self._reached.take(numbers, mode="clip") > share.after
