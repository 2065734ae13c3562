"""Which rows answer a query: bounds by bisection, so that a page costs the same at any depth."""

from __future__ import annotations

import numpy as np

from sandbox.api.query import Query
from sandbox.data.rng import Ints
from sandbox.data.timeline import Lag, Timeline
from sandbox.options import Options

Selection = range | Ints
"""Row numbers, oldest first."""


def select(timeline: Timeline, query: Query, options: Options, now: int) -> Selection:
    """All rows the query is about and the service can see at `now`."""
    low, high = _bounds(timeline, query, options, now)
    chosen: Selection = range(low, max(low, high))
    if query.names is not None:
        found = timeline.named(query.names)
        chosen = found[np.searchsorted(found, low) : np.searchsorted(found, high)]
    if options.base_timestamp_field == "triggered_at" and query.base is not None:
        chosen = _triggered_before(timeline, chosen, query.base, options)
    lag = Lag.parse(options.lag)
    return _seen(timeline, chosen, lag, now) if lag.longest else chosen


def _bounds(timeline: Timeline, query: Query, options: Options, now: int) -> tuple[int, int]:
    stored = timeline.stored
    low, high = 0, timeline.known(now)
    if query.after is not None and options.created_at_gt != "ignored":
        strict = options.created_at_gt == "strict"
        low = int(np.searchsorted(stored, query.after, side="right" if strict else "left"))
    if options.dates == "honoured":
        if query.start is not None:
            low = max(low, int(np.searchsorted(stored, query.start, side="left")))
        if query.end is not None:
            high = min(high, int(np.searchsorted(stored, query.end, side="right")))
    if (
        query.base is not None
        and options.base_timestamp != "ignored"
        and options.base_timestamp_field == "created_at"
    ):
        strict = options.base_timestamp == "strict"
        bound = int(np.searchsorted(stored, query.base, side="left" if strict else "right"))
        high = min(high, bound)
    return low, high


def _triggered_before(
    timeline: Timeline, chosen: Selection, base: int, options: Options
) -> Selection:
    if options.base_timestamp == "ignored":
        return chosen
    numbers = listed(chosen)
    triggered = timeline.triggered(numbers)
    return numbers[triggered < base if options.base_timestamp == "strict" else triggered <= base]


def _seen(timeline: Timeline, chosen: Selection, lag: Lag, now: int) -> Selection:
    recent = timeline.known(now - lag.longest)
    numbers = listed(chosen)
    first = int(np.searchsorted(numbers, recent))
    if first == len(numbers):
        return chosen
    tail = numbers[first:]
    return np.concatenate([numbers[:first], tail[~timeline.unseen(lag, tail, now)]])


def listed(chosen: Selection) -> Ints:
    """The row numbers as an array."""
    if isinstance(chosen, range):
        return np.arange(chosen.start, chosen.stop, chosen.step, dtype=np.int64)
    return chosen


def page_of(chosen: Selection, latest: bool, start: int, stop: int) -> Ints:
    """Row numbers from place `start` to before `stop` in the order asked for."""
    if not latest:
        return listed(chosen[start:stop])
    count = len(chosen)
    return listed(chosen[max(0, count - stop) : max(0, count - start)])[::-1]
