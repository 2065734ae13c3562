"""Who is a member when, and how active: what makes a chart of active members look like one.

Without it every member would be there on every day, and "new", "back again" and "gone" would be
the same curve.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sandbox.data.rng import Floats, Ints, salt, shares

NEVER = np.iinfo(np.int64).max
_FOUNDERS = 0.05
"""Share of the members who are there from the first day."""


@dataclass(frozen=True)
class Membership:
    """Members 0 to `size` - 1 join in this order during the history, the others while it grows."""

    size: int
    joined: Ints
    lapsed: Ints
    """When a member stops coming; half of them never do."""
    weight: Floats
    """Running sum of how active each member is: few do most, most do little."""

    @classmethod
    def of(cls, seed: int, size: int, since: int, until: int) -> Membership:
        numbers = np.arange(2 * size + 200, dtype=np.int64)
        place = np.maximum(0.0, (numbers[:size] / size - _FOUNDERS) / (1 - _FOUNDERS))
        joined = np.full(len(numbers), until, dtype=np.int64)
        joined[:size] = since + ((until - since) * place**0.8).astype(np.int64)
        lapsed = np.full(len(numbers), NEVER)
        chance = shares(numbers[:size], salt(seed, "lapse"))
        stays = -np.log(1 - 2 * np.minimum(chance, 0.499)) * 0.3 * (until - since)
        leaves = chance < 0.5
        lapsed[:size][leaves] = (joined[:size] + stays.astype(np.int64))[leaves]
        activity = (1 - shares(numbers, salt(seed, "activity"))) ** -0.6
        return cls(size, joined, lapsed, np.cumsum(activity))

    def present(self, moments: Ints) -> Ints:
        """How many had joined at each moment of the history, at least one."""
        return np.maximum(1, np.searchsorted(self.joined[: self.size], moments, side="right"))

    def pick(self, chance: Floats, moments: Ints, present: Ints) -> Ints:
        """Who did something at each moment, by activity, out of the first `present` members."""
        who = np.searchsorted(self.weight, chance * self.weight[present - 1], side="right")
        for _ in range(3):  # someone who has left hands over to the one who joined before
            gone = self.lapsed[who] < moments
            who = np.where(gone, np.maximum(0, who - 1), who)
        return who.astype(np.int64)
