"""The rows of each stream: when things happened and when they were stored, past and growing.

The same options (including `until`) give the same rows in every process. 22 bytes a row, so that four
million rows are ready in seconds; what a row says is rendered when it is served.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator

from sandbox.data.random_and_time import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    Floats,
    Ints,
    from_iso,
    salt,
    shares,
)
from sandbox.options import Options, Spec
from source_circle_events.schemas.event_types import event_types

STREAMS = {
    "events": "events",
    "member_visits": "member_visits",
    "analytics_tracker_events": "tracker_events",
}
"""By the endpoint's last part, which is what a request names: what the connector calls it."""

_AHEAD = 10 * MINUTE
"""Growth is made in blocks this far ahead: joining arrays for each request would cost a copy."""
_UNITS = {"microseconds": 1, "milliseconds": 1_000, "seconds": SECOND}
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
    """What decides over a stream's rows: its names and its time."""

    key: str
    names: Sequence[str]
    members: int
    since: int
    until: int

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
    rng = np.random.default_rng(salt(stream.key, "history"))
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
        shares(numbers, salt(stream.key, use)) for use in ("at", "late", "what", "who")
    )
    created = stream.until + ((numbers - first + at) * period).astype(np.int64)
    return stream.rows(created, created - (late * SECOND).astype(np.int64), what, who)


class Timeline:
    """A stream's rows by number, in the order they were stored; those of the future are not known."""

    def __init__(self, stream: Stream, rows: Rows, rate: float, unit: int) -> None:
        """`rate`: new rows a minute; `unit`: microseconds to which times are stored, cut off."""
        self.stream, self._past, self._unit = stream, len(rows), unit
        self._period = MINUTE / rate if rate else 0.0
        self._replace(rows)

    def reach(self, now: int) -> None:
        """Make the rows up to now, and some of those to come."""
        have, past = len(self.rows), self._past
        if self._period and (have == past or self.created[-1] <= now):
            want = past + int(max(0, now + _AHEAD - self.stream.until) / self._period) + 1
            more = growth(self.stream, np.arange(have, want), past, self._period)
            self._replace(np.concatenate([self.rows, more]))

    def known(self, now: int) -> int:
        """How many rows are stored by now."""
        return int(np.searchsorted(self.created, now, side="right"))

    def triggered(self, numbers: Ints) -> Ints:
        """`triggered_at` of rows, at the resolution the service stores it with."""
        return self.rows["triggered"][numbers] // self._unit * self._unit

    def named(self, wanted: frozenset[str]) -> Ints:
        """Numbers of the rows with one of the names, in order."""
        places = [place for place, name in enumerate(self.stream.names) if name in wanted]
        return np.flatnonzero(np.isin(self.rows["name"], places))

    def _replace(self, rows: Rows) -> None:
        self.rows, self.created = rows, np.ascontiguousarray(rows["created"])
        self.stored = self.created // self._unit * self._unit
        """`created_at` at the resolution the service stores it with."""


class Instant(Spec):
    """`COUNT,at=TIME[,stream=...]`."""

    count: int
    at: Annotated[int, BeforeValidator(from_iso)]
    stream: str = "events"


class World:
    def __init__(self, options: Options, started: int) -> None:
        """`started`: when the history ends and growth begins, unless an option says so."""
        until = from_iso(options.until) if options.until else started
        self.since = until - int(options.days * DAY)
        counts = (options.events, options.visits, options.tracker)
        total = sum(counts)
        members = max(5, min(1_000, total // 40))
        # A demo sees something new within a second; a history that ended long ago would have grown
        # by millions of rows since.
        default = 0.0 if options.until else 120.0
        rate = default if options.growth is None else options.growth
        instants = [Instant.parse("instant", text) for text in options.instant]
        self.timelines = {}
        for key, count in zip(STREAMS, counts, strict=True):
            names = [kind.name for kind in event_types(STREAMS[key])] or [""]
            stream = Stream(key, names, members, self.since, until)
            hot_hour = options.hot_hour if key == "events" else 0.0
            extra = [(each.count, each.at) for each in instants if each.stream == key]
            share = count / total if total else 1 / len(STREAMS)
            rows, unit = past(stream, count, hot_hour, extra), _UNITS[options.resolution]
            self.timelines[key] = Timeline(stream, rows, rate * share, unit)
