"""The community behind the API: a timeline for each stream, with past and new rows.

The same options (including `until`) give the same rows in every process.
"""

from __future__ import annotations

import numpy as np

from sandbox.data.history import Rows, Stream, growth, past
from sandbox.data.random_and_time import DAY, MINUTE, SECOND, Ints, from_text
from sandbox.options import Options
from source_circle_events.schemas.event_types import event_types

STREAMS = {
    "events": "events",
    "member_visits": "member_visits",
    "analytics_tracker_events": "tracker_events",
}
"""By the endpoint's last part, which is what a request names: what the connector calls it."""

DATA = (
    *("seed", "events", "visits", "tracker", "days", "until"),
    *("hot_hour", "instant", "growth", "resolution"),
)
"""Options whose change makes a new history."""

_AHEAD = 10 * MINUTE
"""Growth is made in blocks this far ahead: joining arrays for each request would cost a copy."""
_UNITS = {"microseconds": 1, "milliseconds": 1_000, "seconds": SECOND}


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


class World:
    def __init__(self, options: Options, started: int) -> None:
        """`started`: when the history ends and growth begins, unless an option says so."""
        until = from_text(options.until) if options.until else started
        self.since = until - int(options.days * DAY)
        counts = (options.events, options.visits, options.tracker)
        total = sum(counts)
        members = max(5, min(1_000, total // 40))
        # A demo sees something new within a second; a history that ended long ago would have grown
        # by millions of rows since.
        default = 0.0 if options.until else 120.0
        rate = default if options.growth is None else options.growth
        instants = [_instant(text) for text in options.instant]
        self.timelines = {}
        for key, count in zip(STREAMS, counts, strict=True):
            names = [kind.name for kind in event_types(STREAMS[key])] or [""]
            stream = Stream(key, names, members, self.since, until, options.seed)
            hot_hour = options.hot_hour if key == "events" else 0.0
            extra = [(more, moment) for more, moment, where in instants if where == key]
            share = count / total if total else 1 / len(STREAMS)
            rows, unit = past(stream, count, hot_hour, extra), _UNITS[options.resolution]
            self.timelines[key] = Timeline(stream, rows, rate * share, unit)


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
