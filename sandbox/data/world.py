"""The community behind the API: one timeline a stream, built from the data options alone."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy

from sandbox.data.clock import DAY, SECOND, from_text
from sandbox.data.history import Span, history
from sandbox.data.membership import Membership
from sandbox.data.names import STREAMS, names_of
from sandbox.data.timeline import UNITS, Timeline
from sandbox.options import Options

_GROWTH = 120.0
"""Records a minute unless told otherwise: a demo sees something new within a second."""


class World:
    """The same options (and `until`): the same rows, in every process."""

    def __init__(self, options: Options, now: int) -> None:
        until = from_text(options.until) if options.until else now // SECOND * SECOND
        self.span = Span(until - int(options.days * DAY), until)
        self.seed = options.seed
        self.counts = dict(
            zip(STREAMS, (options.events, options.visits, options.tracker), strict=True)
        )
        size = max(5, min(options.members, sum(self.counts.values()) // 40))
        self.membership = Membership.of(options.seed, size, self.span.since, until)
        instants = [_instant(text) for text in options.instant]
        self.timelines: Mapping[str, Timeline] = {
            stream: self._timeline(
                stream,
                count,
                options.hot_hour if stream == "events" else 0.0,
                [(extra, moment) for extra, moment, where in instants if where == stream],
            )
            for stream, count in self.counts.items()
        }
        self._adapt(options, until)
        self.reach(now)

    def _timeline(
        self, stream: str, count: int, hot_hour: float, instants: list[tuple[int, int]]
    ) -> Timeline:
        names = names_of(stream)
        rows = history(
            stream,
            count,
            names,
            self.membership,
            self.span,
            seed=self.seed,
            hot_hour=hot_hour,
            instants=instants,
        )
        return Timeline(stream, names, self.membership, rows, seed=self.seed, until=self.span.until)

    def reach(self, now: int) -> None:
        """Make the rows up to now; ValueError if they are too many."""
        for timeline in self.timelines.values():
            timeline.reach(now)

    def adapted(self, options: Options, at: int) -> World:
        """The same rows with what may change while the service runs: growth, resolution.

        A copy, so that options which turn out wrong leave this world as it was.
        """
        world = copy(self)
        world.timelines = {stream: copy(line) for stream, line in self.timelines.items()}
        world._adapt(options, at)  # noqa: SLF001 - its own class
        return world

    def _adapt(self, options: Options, at: int) -> None:
        growth = options.growth
        if growth is None:
            # A history that ended long ago would have grown by millions of rows since.
            growth = 0.0 if options.until else _GROWTH
        total = sum(self.counts.values())
        for stream, timeline in self.timelines.items():
            share = self.counts[stream] / total if total else 1 / len(STREAMS)
            timeline.grow_by(growth * share, at)
            timeline.resolve(UNITS[options.resolution])


def _instant(text: str) -> tuple[int, int, str]:
    count, _, rest = text.partition("@")
    moment, _, stream = rest.partition("@")
    try:
        known = {"": "events", "visits": STREAMS[1], "tracker": STREAMS[2]}
        known |= {name: name for name in STREAMS}
        return int(count), from_text(moment), known[stream]
    except (ValueError, KeyError):
        raise ValueError(
            f"instant: COUNT@TIME[@STREAM] is needed, as in 5000@2025-03-01T00:00:00Z, not {text!r}"
        ) from None
