"""When things happened and when they were stored: one stream's past as sorted arrays.

22 bytes a row, so that four million rows are ready in seconds and take 90 MB; what a row says is
rendered when it is served.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sandbox.data.clock import DAY, HOUR, MINUTE
from sandbox.data.membership import NEVER, Membership
from sandbox.data.names import BACKFILLED, CREATED, JOINED, LEFT, Name
from sandbox.data.rng import Floats, Ints, salt


@dataclass
class Rows:
    """Columns of equal length, in the order of `created`."""

    created: Ints
    triggered: Ints
    name: NDArray[np.uint16]
    member: NDArray[np.int32]

    @classmethod
    def of(cls, created: Ints, triggered: Ints, name: Ints, member: Ints) -> Rows:
        order = np.argsort(created, kind="stable")
        return cls(
            created[order],
            triggered[order],
            name[order].astype(np.uint16),
            member[order].astype(np.int32),
        )

    def then(self, later: Rows) -> Rows:
        return Rows(
            np.concatenate([self.created, later.created]),
            np.concatenate([self.triggered, later.triggered]),
            np.concatenate([self.name, later.name]),
            np.concatenate([self.member, later.member]),
        )

    def first(self, count: int) -> Rows:
        return Rows(
            self.created[:count], self.triggered[:count], self.name[:count], self.member[:count]
        )


@dataclass(frozen=True)
class Span:
    """The history lies in [since, until)."""

    since: int
    until: int

    def at(self, share: float) -> int:
        return self.since + int((self.until - self.since) * share)


def _moments(rng: np.random.Generator, count: int, span: Span) -> Ints:
    """Random moments, denser as the community grows, by day and on working days."""
    bins = max(1, -(-(span.until - span.since) // HOUR))
    start = span.since + HOUR * np.arange(bins, dtype=np.int64)
    hour = (start // HOUR) % 24
    weekday = (start // DAY + 3) % 7  # 1970-01-01 was a Thursday; Monday is 0
    weight = 0.15 + np.arange(bins) / bins
    weight *= 0.15 + np.maximum(0.0, np.sin((hour - 6) / 24 * 2 * np.pi)) + 0.3 * (hour > 16)
    weight *= np.where(weekday < 5, 1.0, 0.45)
    per_hour = rng.multinomial(count, weight / weight.sum())
    width = np.minimum(HOUR, span.until - start)
    place = np.repeat(np.arange(bins), per_hour)
    moments: Ints = start[place] + (rng.random(count) * width[place]).astype(np.int64)
    return moments


def history(
    stream: str,
    count: int,
    names: Sequence[Name],
    membership: Membership,
    span: Span,
    *,
    seed: int,
    hot_hour: float = 0.0,
    instants: Sequence[tuple[int, int]] = (),
) -> Rows:
    """The past of one stream: `count` rows, and those at `instants` (count, moment) on top."""
    rng = np.random.default_rng(salt(seed, stream, "history"))
    index = {name.text: place for place, name in enumerate(names)}
    once = _once(membership, span, index, count // 2)
    free = count - len(once[0])
    triggered = _moments(rng, free, span)
    hot = rng.random(free) < hot_hour
    middle = span.at(0.5) // HOUR * HOUR
    triggered[hot] = (span.since + rng.random(hot.sum()) * (middle - span.since)).astype(np.int64)
    member = membership.pick(rng.random(free), triggered, membership.present(triggered))
    name = draw_names(rng.random(free), names)
    triggered = np.concatenate([triggered, once[0]])
    name, member = np.concatenate([name, once[1]]), np.concatenate([member, once[2]])
    hot = np.concatenate([hot, np.zeros(len(once[0]), dtype=bool)])
    delay = 20_000 + rng.exponential(700_000, count).astype(np.int64)
    created = np.minimum(triggered + delay, span.until - 1)
    for text, share in BACKFILLED.items():
        added = span.at(share) // HOUR * HOUR
        late = (name == index.get(text, -1)) & (triggered < added) & ~hot
        created[late] = added + (rng.random(late.sum()) * HOUR).astype(np.int64)
    created[hot] = middle + (rng.random(hot.sum()) * HOUR).astype(np.int64)
    for extra, moment in instants:
        chance = rng.random(extra)
        at = np.full(extra, moment, dtype=np.int64)
        created = np.concatenate([created, at])
        triggered = np.concatenate([triggered, at - 1_000])
        name = np.concatenate([name, draw_names(chance, names)])
        who = membership.pick(rng.random(extra), at, membership.present(at))
        member = np.concatenate([member, who])
    return Rows.of(created, triggered, name, member)


def draw_names(chance: Floats, names: Sequence[Name]) -> Ints:
    weights = np.cumsum([name.weight for name in names])
    return np.asarray(np.searchsorted(weights, chance * weights[-1], side="right"), dtype=np.int64)


def _once(
    membership: Membership, span: Span, index: dict[str, int], limit: int
) -> tuple[Ints, Ints, Ints]:
    """What happens once in a member's life: moments, names, members; `limit` rows at most."""
    if CREATED not in index:
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int64)
    joined, lapsed = membership.joined[: membership.size], membership.lapsed[: membership.size]
    who = np.arange(membership.size, dtype=np.int64)
    gone = (lapsed < np.minimum(NEVER, span.until)) & (who % 4 == 0)
    parts = [
        (joined, CREATED, who),
        (joined + 2 * MINUTE, JOINED, who),
        (lapsed[gone], LEFT, who[gone]),
    ]
    kept = [(at, np.full(len(at), index[name]), by) for at, name, by in parts if name in index]
    moments, names, members = (np.concatenate(column) for column in zip(*kept, strict=True))
    inside = np.flatnonzero(moments < span.until)[:limit]
    return moments[inside], names[inside], members[inside]
