"""The members and spaces of one community: who they are, and who is a member when.

Everything is a function of the seed and a number, so that the same member has the same name in
every record, on every page and after every restart.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from random import Random

import numpy as np

from sandbox.data.numbers import Floats, Ints, salt, shares

Values = dict[str, object]

_FIRST = """
    Ada Ben Carla Dmitri Elif Farid Grace Hana Ivo Jaya Kofi Lena Mateo Nia Omar Petra Quinn Rosa
    Sven Tomoko Uma Victor Wren Ximena Yusuf Zoë Anaïs Björn Chloé Łukasz
"""
_LAST = """
    Adeyemi Brandt Castillo Dubois Eriksen Fischer García Haddad Ito Jansen Kowalski Lindqvist
    Moreau Nakamura Okafor Petrov Quist Rossi Silva Tanaka Ueda Varga Wu
"""
FIRST, LAST = _FIRST.split(), _LAST.split()
_SPACES = {
    "post": "Announcements Introductions Questions Feedback Jobs Books Design Research Wins",
    "course": "Foundations Storytelling Community-craft Analytics",
    "chat": "Lounge Help-desk Coffee-corner",
    "event": "Workshops Office-hours Live-sessions",
}


@dataclass(frozen=True)
class Space:
    id: int
    name: str
    kind: str


SPACES = {
    kind: [
        Space(41_000 + 17 * (10 * place + number), name.replace("-", " "), kind)
        for number, name in enumerate(names.split())
    ]
    for place, (kind, names) in enumerate(_SPACES.items())
}


def member_id(number: int) -> int:
    return 7_100_000 + 13 * number


@lru_cache(maxsize=100_000)
def member(seed: int, number: int) -> Values:
    """The member who joined as the `number`-th."""
    rng = Random(f"{seed} member {number}")
    first, last = rng.choice(FIRST), rng.choice(LAST)
    return {
        "id": member_id(number),
        "public_uid": f"{rng.randrange(1 << 31):08x}",
        "name": f"{first} {last}",
        "first_name": first,
        "last_name": last,
        "email": f"member{number}.{rng.randrange(10**6):06d}@example.com",
        "is_admin": number < 2,
        "is_moderator": 2 <= number < 8,
    }


@dataclass(frozen=True)
class Membership:
    """Members 0 to `size` - 1 join in this order during the history, the others while it grows.

    Without it every member would be there on every day, and "new", "back again" and "gone" would be
    the same curve.
    """

    size: int
    joined: Ints
    lapsed: Ints
    """When a member stops coming; half of them never do."""
    weight: Floats
    """Running sum of how active each member is: few do most, most do little."""

    @classmethod
    def of(cls, seed: int, size: int, since: int, until: int) -> Membership:
        numbers, length = np.arange(2 * size + 200), until - since
        place = (numbers / size - 0.05) / 0.95  # some are there from the first day
        joined = since + (length * np.clip(place, 0, 1) ** 0.8).astype(np.int64)
        chance = shares(numbers, salt(seed, "lapse"))
        stays = -np.log(1 - 2 * np.minimum(chance, 0.499)) * 0.3 * length
        leaves = (chance < 0.5) & (numbers < size)
        lapsed = np.where(leaves, joined + stays.astype(np.int64), np.iinfo(np.int64).max)
        activity = (1 - shares(numbers, salt(seed, "activity"))) ** -0.6
        return cls(size, joined, lapsed, np.cumsum(activity))

    def pick(self, chance: Floats, moments: Ints, present: Ints | None = None) -> Ints:
        """Who did something at each moment, by activity: of the first `present` members, by default
        of those who had joined (at least one)."""
        if present is None:
            joined = self.joined[: self.size]
            present = np.maximum(1, np.searchsorted(joined, moments, side="right"))
        who = np.searchsorted(self.weight, chance * self.weight[present - 1], side="right")
        for _ in range(3):  # someone who has left hands over to the one who joined before
            gone = self.lapsed[who] < moments
            who = np.where(gone, np.maximum(0, who - 1), who)
        return who.astype(np.int64)
