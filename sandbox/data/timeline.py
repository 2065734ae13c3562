"""One stream's rows, past and growing, and which of them the service would know at a moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sandbox.data.clock import MINUTE, SECOND
from sandbox.data.history import Rows, draw_names
from sandbox.data.membership import Membership
from sandbox.data.names import CREATED, JOINED, Name
from sandbox.data.rng import Ints, salt, shares

_AHEAD = 10 * MINUTE
"""Growth is made in blocks this far ahead: joining arrays for each request would cost a copy."""

_MOST = 20_000_000
"""More new rows than this at once are a mistake in the options, and would take all memory."""

UNITS = {"microseconds": 1, "milliseconds": 1_000, "seconds": SECOND}


@dataclass(frozen=True)
class Lag:
    """A share of the rows can be seen only some time, up to `longest`, after `created_at`."""

    share: float = 0.0
    longest: int = 0

    @classmethod
    def parse(cls, text: str | None) -> Lag:
        if text is None:
            return cls()
        share, _, longest = text.partition(":")
        try:
            return cls(float(share), int(float(longest) * SECOND))
        except ValueError:
            raise ValueError(f"lag: SHARE:SECONDS is needed, as in 0.3:50, not {text!r}") from None


class Timeline:
    """Rows by number, in the order they were stored; rows of the future are not known yet."""

    def __init__(
        self,
        stream: str,
        names: Sequence[Name],
        membership: Membership,
        rows: Rows,
        *,
        seed: int,
        until: int,
    ) -> None:
        self.names = names
        self.rows = rows
        self.stored = rows.created
        """`created_at` at the resolution the service stores it with."""
        self._unit = 1
        self._membership = membership
        self._salts = {use: salt(seed, stream, use) for use in ("at", "who", "what", "lag", "late")}
        self._past = len(rows.created)
        self._anchor, self._anchor_row, self._rate = until, self._past, 0.0
        self._by_name: dict[frozenset[str], Ints] = {}

    def resolve(self, unit: int) -> None:
        """Store times in units of so many microseconds, cut off, not rounded."""
        if unit != self._unit:
            self._unit = unit
            self._replace(self.rows)

    def grow_by(self, rate: float, at: int) -> None:
        """So many new rows a minute from `at` on; what is there by then stays as it is."""
        if rate == self._rate:
            return
        self.reach(at)
        there = max(self._past, self.known(at))
        self._replace(self.rows.first(there))
        self._anchor, self._anchor_row = max(at, self._anchor), there
        self._rate = rate

    def reach(self, now: int) -> None:
        """Make the rows up to now, and some of those to come."""
        have = len(self.rows.created)
        if not self._rate or (have > self._anchor_row and self.rows.created[-1] > now):
            return
        period = MINUTE / self._rate
        due = self._anchor_row + int((max(now - self._anchor, 0) + _AHEAD) / period) + 2
        if due - have > _MOST:
            raise ValueError(f"growth: {due - have} rows would have come since; set another until")
        self._replace(self.rows.then(self._grown(np.arange(have, due, dtype=np.int64), period)))

    def known(self, now: int) -> int:
        """How many rows are stored by now."""
        return int(np.searchsorted(self.rows.created, now, side="right"))

    def triggered(self, numbers: Ints) -> Ints:
        """`triggered_at` of rows, at the resolution the service stores it with."""
        return self.rows.triggered[numbers] // self._unit * self._unit

    def unseen(self, lag: Lag, numbers: Ints, now: int) -> NDArray[np.bool_]:
        """Which of these rows are stored but cannot be seen yet."""
        chance = shares(numbers, self._salts["lag"])
        wait = (chance / max(lag.share, 1e-9) * lag.longest).astype(np.int64)
        return (chance < lag.share) & (self.rows.created[numbers] + wait > now)

    def named(self, wanted: frozenset[str]) -> Ints:
        """Numbers of the rows with one of the names, in order."""
        if wanted not in self._by_name:
            places = [place for place, name in enumerate(self.names) if name.text in wanted]
            self._by_name[wanted] = np.flatnonzero(np.isin(self.rows.name, places))
        return self._by_name[wanted]

    def _replace(self, rows: Rows) -> None:
        self.rows = rows
        self.stored = rows.created // self._unit * self._unit if self._unit > 1 else rows.created
        self._by_name = {}

    def _grown(self, numbers: Ints, period: float) -> Rows:
        place = numbers - self._anchor_row + shares(numbers, self._salts["at"])
        created = self._anchor + (place * period).astype(np.int64)
        count = numbers - self._past
        present = self._membership.size + (count + 2) // 50
        present = np.minimum(present, len(self._membership.joined))
        member = self._membership.pick(shares(numbers, self._salts["who"]), created, present)
        name = draw_names(shares(numbers, self._salts["what"]), self.names)
        texts = [one.text for one in self.names]
        for place_in_fifty, text in ((48, CREATED), (49, JOINED)):
            if text in texts:
                new = count % 50 == place_in_fifty
                name[new], member[new] = texts.index(text), present[new] - 1
        delay = (shares(numbers, self._salts["late"]) * SECOND).astype(np.int64)
        return Rows(created, created - delay, name.astype(np.uint16), member.astype(np.int32))
