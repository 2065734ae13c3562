"""When things happened and when they were stored: rows of a stream's past and of its growth.

22 bytes a row, so that four million rows are ready in seconds; what a row says is rendered when it is
served.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sandbox.data.community import Membership
from sandbox.data.numbers import DAY, HOUR, MINUTE, SECOND, Floats, Ints, salt, shares

CREATED, JOINED, _ = ONCE = (
    "community_member.create",
    "community_member.joined_community",
    "community_member.destroy",
)
"""Once in a member's life: placed in the history by the membership, not by chance."""

_BACKFILLED: Mapping[str, float] = {"post.comment.liked": 0.45, "courses.section.completed": 0.7}
"""Added to the service late, at this share of the history: what was before came in one hour."""

_WEIGHTS: Mapping[str, float] = {
    **dict.fromkeys(ONCE, 0.0),
    "post.liked": 22,
    "post.comment.created": 14,
    "post.comment.liked": 12,
    "chat_space.chat_rooms.message.created": 11,
    "direct_chat_rooms.message.created": 8,
    "post.basic.published": 6,
    "courses.lesson.completed": 6,
    "spaces.joined": 5,
    "event.rsvp": 3,
    "event.published": 0.3,
    "live_event.ended": 0.2,
}
"""How often a name comes; one that is not here, or new in the catalogue, has the weight 1."""


Rows = NDArray[np.void]
_ROW = np.dtype([("created", "i8"), ("triggered", "i8"), ("name", "u2"), ("member", "i4")])


def _rows(created: Ints, triggered: Ints, name: Ints, member: Ints) -> Rows:
    """The columns as rows, in the order they were stored."""
    rows = np.empty(len(created), _ROW)
    for column, values in zip(_ROW.names or (), (created, triggered, name, member), strict=True):
        rows[column] = values
    return rows[np.argsort(created, kind="stable")]


class Stream(NamedTuple):
    """What decides over a stream's rows: its names, its people, its time, its seed."""

    key: str
    names: Sequence[str]
    membership: Membership
    since: int
    until: int
    seed: int


def past(stream: Stream, count: int, hot_hour: float, instants: Sequence[tuple[int, int]]) -> Rows:
    """The past of one stream: `count` rows, and those at `instants` (count, moment) on top.

    A share `hot_hour` of the rows is stored in one hour half-way, though triggered long before.
    """
    rng = np.random.default_rng(salt(stream.seed, stream.key, "history"))
    at = np.repeat([moment for _, moment in instants], [extra for extra, _ in instants])
    everything, length = count + len(at), stream.until - stream.since
    middle = (stream.since + length // 2) // HOUR * HOUR

    def somewhere(of: int) -> Ints:
        return (rng.random(everything) * of).astype(np.int64)

    hot = rng.random(everything) < hot_hour
    old, busy = stream.since + somewhere(middle - stream.since), _busy(rng, stream, everything)
    triggered = np.where(hot, old, busy)
    triggered[count:] = at - 1_000
    name = _names(rng.random(everything), stream.names)
    member = stream.membership.pick(rng.random(everything), triggered)
    if stream.key == "events":
        once = _once(stream, count // 2)
        first = slice(len(once[0]))
        triggered[first], name[first], member[first], hot[first] = *once, False
    # Storing gets slower as the community grows.
    delay = rng.exponential(SECOND * (0.2 + 2 * (triggered - stream.since) / length))
    created = np.minimum(triggered + 20_000 + delay.astype(np.int64), stream.until - 1)
    for text, share in _BACKFILLED.items():
        if text in stream.names:
            added = (stream.since + int(length * share)) // HOUR * HOUR
            late = (name == stream.names.index(text)) & (triggered < added)
            created = np.where(late, added + somewhere(HOUR), created)
    created = np.where(hot, middle + somewhere(HOUR), created)
    created[count:] = at
    return _rows(created, triggered, name, member)


def growth(
    stream: Stream, numbers: Ints, past_rows: int, *, since: int, first: int, period: float
) -> Rows:
    """Rows `numbers` of those that come one each `period`, number `first` right after `since`."""

    def chance(use: str) -> Floats:
        return shares(numbers, salt(stream.seed, stream.key, use))

    created = since + ((numbers - first + chance("at")) * period).astype(np.int64)
    count, people = numbers - past_rows, stream.membership
    present = np.minimum(people.size + (count + 2) // 50, len(people.joined))
    name = _names(chance("what"), stream.names)
    member = people.pick(chance("who"), created, present)
    if stream.key == "events":
        for place, text in ((48, CREATED), (49, JOINED)):
            new = count % 50 == place
            name[new], member[new] = stream.names.index(text), present[new] - 1
    return _rows(created, created - (chance("late") * SECOND).astype(np.int64), name, member)


def _names(chance: Floats, names: Sequence[str]) -> Ints:
    weights: Floats = np.cumsum([_WEIGHTS.get(name, 1.0) for name in names])
    return np.asarray(np.searchsorted(weights, chance * weights[-1], side="right"), np.int64)


def _busy(rng: np.random.Generator, stream: Stream, count: int) -> Ints:
    """Moments, denser as the community grows, by day and on working days."""
    edges = np.append(np.arange(stream.since, stream.until, HOUR), stream.until)
    start = edges[:-1]
    hour, weekday = start // HOUR % 24, (start // DAY + 3) % 7  # the epoch was a Thursday
    weight = 0.15 + np.arange(len(start)) / max(1, len(start))
    weight *= 0.15 + np.maximum(0.0, np.sin((hour - 6) / 24 * 2 * np.pi)) + 0.3 * (hour > 16)
    weight *= np.where(weekday < 5, 1.0, 0.45) * np.diff(edges)
    reached = np.append(0.0, np.cumsum(weight))
    moments = np.interp(rng.random(count) * reached[-1], reached, edges)
    return np.asarray(moments, dtype=np.int64)


def _once(stream: Stream, limit: int) -> tuple[Ints, Ints, Ints]:
    """What happens once in a member's life: moments, names, members; `limit` rows at most."""
    who = np.arange(stream.membership.size)
    joined, gone = stream.membership.joined[who], who[::4]
    moments = np.concatenate([joined, joined + 2 * MINUTE, stream.membership.lapsed[gone]])
    names = np.repeat([stream.names.index(name) for name in ONCE], [len(who), len(who), len(gone)])
    members = np.concatenate([who, who, gone])
    inside = np.flatnonzero(moments < stream.until)[:limit]
    return moments[inside], names[inside], members[inside]
