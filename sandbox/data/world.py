"""The community behind the API: one timeline a stream, past and growing.

The same options (and `until`): the same rows, in every process.
"""

from __future__ import annotations

import numpy as np

from sandbox.data.community import Membership
from sandbox.data.history import Rows, Stream, growth, past
from sandbox.data.numbers import DAY, MINUTE, SECOND, Ints, from_text
from sandbox.options import Options
from source_circle_events.schemas.event_types import event_types

STREAMS = {
    "events": "events",
    "member_visits": "member_visits",
    "analytics_tracker_events": "tracker_events",
}
"""By the endpoint's last part, which is what a request names: what the connector calls it."""

DATA = ("seed", "events", "visits", "tracker", "days", "until", "hot_hour", "instant")
"""Options whose change makes a new history."""

_AHEAD = 10 * MINUTE
"""Growth is made in blocks this far ahead: joining arrays for each request would cost a copy."""
_MOST = 20_000_000
"""More new rows than this are a mistake in the options, and would take all memory."""
_UNITS = {"microseconds": 1, "milliseconds": 1_000, "seconds": SECOND}


class Timeline:
    """A stream's rows by number, in the order they were stored; those of the future are not known."""

    def __init__(self, stream: Stream, rows: Rows) -> None:
        self.stream = stream
        self._past = self._anchor_row = len(rows)
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
        self._replace(self.rows[:there])
        self._anchor, self._anchor_row, self._rate = max(at, self._anchor), there, rate

    def reach(self, now: int) -> None:
        """Make the rows up to now, and some of those to come."""
        have = len(self.rows)
        if self._rate <= 0 or (have > self._anchor_row and self.created[-1] > now):
            return
        period = MINUTE / self._rate
        want = self._anchor_row + int(max(0, now + _AHEAD - self._anchor) / period) + 1
        if want > have:
            numbers = np.arange(have, want)
            since, first = self._anchor, self._anchor_row
            more = growth(self.stream, numbers, self._past, since=since, first=first, period=period)
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


class World:
    def __init__(self, options: Options, now: int) -> None:
        self.until = from_text(options.until) if options.until else now // SECOND * SECOND
        self.since = self.until - int(options.days * DAY)
        counts = (options.events, options.visits, options.tracker)
        self._total = sum(counts)
        size = max(5, min(1_000, self._total // 40))
        people = Membership.of(options.seed, size, self.since, self.until)
        instants = [_instant(text) for text in options.instant]
        self.timelines = {}
        for key, count in zip(STREAMS, counts, strict=True):
            names = [kind.name for kind in event_types(STREAMS[key])] or [""]
            stream = Stream(key, names, people, self.since, self.until, options.seed)
            hot_hour = options.hot_hour if key == "events" else 0.0
            extra = [(more, moment) for more, moment, where in instants if where == key]
            self.timelines[key] = Timeline(stream, past(stream, count, hot_hour, extra))
        self._counts = dict(zip(STREAMS, counts, strict=True))
        self.adapt(options, self.until, now)

    def adapt(self, options: Options, at: int, now: int) -> None:
        """The same rows, with another resolution, and another growth from `at` on; ValueError, and
        nothing has changed, if that makes too many."""
        # A demo sees something new within a second; a history that ended long ago would have grown
        # by millions of rows since.
        default = 0.0 if options.until else 120.0
        rate = default if options.growth is None else options.growth
        if rate * (now - self.until) / MINUTE > _MOST:
            raise ValueError(f"growth: {rate} rows a minute since the history ended are too many")
        for stream, timeline in self.timelines.items():
            share = self._counts[stream] / self._total if self._total else 1 / len(STREAMS)
            timeline.grow_by(rate * share, at)
            timeline.reach(now)
            timeline.resolve(_UNITS[options.resolution])


def _instant(text: str) -> tuple[int, int, str]:
    count, _, rest = text.partition("@")
    moment, _, stream = rest.partition("@")
    known = dict(zip(("", "visits", "tracker"), STREAMS, strict=True))
    try:
        return int(count), from_text(moment), known[stream]
    except (ValueError, KeyError):
        raise ValueError(
            f"instant: COUNT@TIME[@STREAM] is needed, as in 5000@2025-03-01T00:00:00Z, not {text!r}"
        ) from None
