"""When things happened and when they were stored: rows of a stream's past and of its growth.

22 bytes a row, so that four million rows are ready in seconds; what a row says is rendered when it is
served.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sandbox.data.random_and_time import DAY, HOUR, SECOND, Floats, Ints, salt, shares

_WEIGHTS: Mapping[str, float] = {
    "post.liked": 22,
    "post.comment.created": 14,
    "post.comment.liked": 12,
    "chat_space.chat_rooms.message.created": 11,
    "direct_chat_rooms.message.created": 8,
    "post.basic.published": 6,
    "courses.lesson.completed": 6,
    "spaces.joined": 5,
    "event.rsvp": 3,
}
"""How often a name comes; one that is not here has the weight 1."""

Rows = NDArray[np.void]
_ROW = np.dtype([("created", "i8"), ("triggered", "i8"), ("name", "u2"), ("member", "i4")])


class Stream(NamedTuple):
    """What decides over a stream's rows: its names, its time, its seed."""

    key: str
    names: Sequence[str]
    members: int
    since: int
    until: int
    seed: int

    def rows(self, created: Ints, triggered: Ints, what: Floats, who: Floats) -> Rows:
        """Rows in the order they were stored; `what` and `who`: chances for their names and members."""
        weights: Floats = np.cumsum([_WEIGHTS.get(name, 1.0) for name in self.names])
        # Members join all the time, and few do most.
        joined = (triggered - self.since) / (self.until - self.since)
        rows = np.empty(len(created), _ROW)
        rows["created"], rows["triggered"] = created, triggered
        rows["name"] = np.searchsorted(weights, what * weights[-1], side="right")
        rows["member"] = self.members * np.clip(joined, 0.05, 1) * who**2
        return rows[np.argsort(created, kind="stable")]


def past(stream: Stream, count: int, hot_hour: float, instants: Sequence[tuple[int, int]]) -> Rows:
    """The past of one stream: `count` rows, and those at `instants` (count, moment) on top.

    A share `hot_hour` of the rows is stored in one hour half-way, though triggered long before.
    """
    rng = np.random.default_rng(salt(stream.seed, stream.key, "history"))
    at = np.repeat([moment for _, moment in instants], [extra for extra, _ in instants])
    everything, length = count + len(at), stream.until - stream.since
    middle = (stream.since + length // 2) // HOUR * HOUR
    what, who, when, delay, hour = rng.random((5, everything))
    hot = rng.random(everything) < hot_hour
    # More as the community grows, and in the evening (UTC).
    moments = stream.since + length * np.where(hot, when * 0.5, when**0.7)
    moments -= 3 * HOUR * np.sin(moments * (2 * np.pi / DAY))
    triggered = np.clip(moments, stream.since, stream.until - SECOND).astype(np.int64)
    stored = np.where(hot, middle + hour * HOUR, triggered - 2 * SECOND * np.log1p(-delay))
    created = np.minimum(stored.astype(np.int64) + 20_000, stream.until - 1)
    triggered[count:], created[count:] = at - 1_000, at
    return stream.rows(created, triggered, what, who)


def growth(stream: Stream, numbers: Ints, first: int, period: float) -> Rows:
    """Rows `numbers` of those that come one each `period`, number `first` right after the past."""
    at, late, what, who = (
        shares(numbers, salt(stream.seed, stream.key, use)) for use in ("at", "late", "what", "who")
    )
    created = stream.until + ((numbers - first + at) * period).astype(np.int64)
    return stream.rows(created, created - (late * SECOND).astype(np.int64), what, who)
