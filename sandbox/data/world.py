"""The community behind the API: one timeline a stream, past and growing.

The same options (and `until`): the same rows, in every process.
"""

from __future__ import annotations

from copy import copy

import numpy as np

from sandbox.data.community import Membership
from sandbox.data.history import Rows, Stream, growth, past
from sandbox.data.numbers import DAY, MINUTE, SECOND, Ints, from_text
from sandbox.options import Options
from source_circle_events.schemas.catalogue import event_types

STREAMS = {
    "events": "events",
    "member_visits": "member_visits",
    "analytics_tracker_events": "tracker_events",
}
"""By the endpoint's last part, which is what a request names: what the connector calls it."""

DATA = ("seed", "events", "visits", "tracker", "members", "days", "until", "hot_hour", "instant")
"""Options whose change makes a new history."""

_AHEAD = 10 * MINUTE
"""Growth is made in blocks this far ahead: joining arrays for each request would cost a copy."""
_MOST = 20_000_000
"""More new rows than this at once are a mistake in the options, and would take all memory."""
_UNITS = {"microseconds": 1, "milliseconds": 1_000, "seconds": SECOND}


class Timeline:
    """A stream's rows by number, in the order they were stored; those of the future are not known."""

    def __init__(self, stream: Stream, rows: Rows) -> None:
        self.stream = stream
        self._past = self._anchor_row = len(rows.created)
        self._anchor, self._rate, self._unit = stream.until, 0.0, 1
        self._replace(rows)

    def resolve(self, unit: int) -> None:
        """Store times in units of so many microseconds, cut off, not rounded."""
        self._unit = unit
        self._replace(self.rows)

    def grow_by(self, rate: float, at: int) -> None:
        """So many new rows a minute from `at` on; what is there by then stays as it is."""
        if rate == self._rate:
            return
        self.reach(at)
        there = max(self._past, self.known(at))
        self._replace(self.rows.until(there))
        self._anchor, self._anchor_row, self._rate = max(at, self._anchor), there, rate

    def reach(self, now: int) -> None:
        """Make the rows up to now, and some of those to come; ValueError if they are too many."""
        have = len(self.rows.created)
        if self._rate <= 0 or (have > self._anchor_row and self.rows.created[-1] > now):
            return
        period = MINUTE / self._rate
        want = self._anchor_row + int(max(0, now + _AHEAD - self._anchor) / period) + 1
        if want - have > _MOST:
            raise ValueError(f"growth: {want - have} new rows since the history ended are too many")
        if want > have:
            numbers = np.arange(have, want)
            since, first = self._anchor, self._anchor_row
            more = growth(self.stream, numbers, self._past, since=since, first=first, period=period)
            self._replace(self.rows.then(more))

    def known(self, now: int) -> int:
        """How many rows are stored by now."""
        return int(np.searchsorted(self.rows.created, now, side="right"))

    def triggered(self, numbers: Ints) -> Ints:
        """`triggered_at` of rows, at the resolution the service stores it with."""
        return self.rows.triggered[numbers] // self._unit * self._unit

    def named(self, wanted: frozenset[str]) -> Ints:
        """Numbers of the rows with one of the names, in order."""
        if wanted not in self._by_name:
            places = [place for place, name in enumerate(self.stream.names) if name in wanted]
            self._by_name[wanted] = np.flatnonzero(np.isin(self.rows.name, places))
        return self._by_name[wanted]

    def _replace(self, rows: Rows) -> None:
        self.rows = rows
        self.stored = rows.created // self._unit * self._unit if self._unit > 1 else rows.created
        """`created_at` at the resolution the service stores it with."""
        self._by_name: dict[frozenset[str], Ints] = {}


class World:
    def __init__(self, options: Options, now: int) -> None:
        self.until = from_text(options.until) if options.until else now // SECOND * SECOND
        self.since = self.until - int(options.days * DAY)
        self._counts = dict(
            zip(STREAMS, (options.events, options.visits, options.tracker), strict=True)
        )
        size = max(5, min(options.members, sum(self._counts.values()) // 40))
        people = Membership.of(options.seed, size, self.since, self.until)
        instants = [_instant(text) for text in options.instant]
        self.timelines = {}
        for key, count in self._counts.items():
            names = [kind.name for kind in event_types(STREAMS[key])] or [""]
            stream = Stream(key, names, people, self.since, self.until, options.seed)
            hot_hour = options.hot_hour if key == "events" else 0.0
            extra = [(more, moment) for more, moment, where in instants if where == key]
            self.timelines[key] = Timeline(stream, past(stream, count, hot_hour, extra))
        self._adapt(options, self.until, now)

    def adapted(self, options: Options, at: int, now: int) -> World:
        """The same rows with what may change while the service runs: growth, resolution.

        A copy, so that options which turn out wrong leave this world as it was.
        """
        world = copy(self)
        world.timelines = {stream: copy(line) for stream, line in self.timelines.items()}
        world._adapt(options, at, now)  # noqa: SLF001 - its own class
        return world

    def _adapt(self, options: Options, at: int, now: int) -> None:
        # A demo sees something new within a second; a history that ended long ago would have grown
        # by millions of rows since.
        default = 0.0 if options.until else 120.0
        rate = default if options.growth is None else options.growth
        total = sum(self._counts.values())
        for stream, timeline in self.timelines.items():
            share = self._counts[stream] / total if total else 1 / len(STREAMS)
            timeline.grow_by(rate * share, at)
            timeline.reach(now)
            timeline.resolve(_UNITS[options.resolution])


def _instant(text: str) -> tuple[int, int, str]:
    count, _, rest = text.partition("@")
    moment, _, stream = rest.partition("@")
    known = dict(zip(("", "visits", "tracker"), STREAMS, strict=True)) | {s: s for s in STREAMS}
    try:
        return int(count), from_text(moment), known[stream]
    except (ValueError, KeyError):
        raise ValueError(
            f"instant: COUNT@TIME[@STREAM] is needed, as in 5000@2025-03-01T00:00:00Z, not {text!r}"
        ) from None
