"""What a request asks for, read as the contract and the options have it, and the rows that answer it.

Bounds are found by bisection, so that a page costs the same at any depth.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from multidict import MultiMapping

from sandbox.data.numbers import Ints, from_epoch, from_iso
from sandbox.data.world import Timeline
from sandbox.options import Options


class BadParameterError(ValueError):
    """A parameter the service would answer with 400."""


@dataclass(frozen=True)
class Query:
    per_page: int
    page: int
    base: int | None
    """base_timestamp, in microseconds."""
    latest: bool
    after: int | None
    """created_at_gt."""
    start: int | None
    end: int | None
    names: frozenset[str] | None
    """None: no filter."""


def parse(params: MultiMapping[str], names: list[str], options: Options) -> Query:
    """The query of one request; `names` are those the endpoint filters by, if any."""
    order = params.get("sort") or "latest"
    if order not in ("latest", "oldest"):
        raise BadParameterError(f"sort does not have a valid value: {order}")

    def read(key: str, meaning: Callable[[str], int]) -> int | None:
        text = params.get(key)
        try:
            return None if text is None else meaning(text)
        except ValueError:
            raise BadParameterError(f"{key} is invalid: {text}") from None

    return Query(
        per_page=min(read("per_page", _count) or 2_000, max(1, options.per_page_maximum)),
        page=read("page", _count) or 1,
        base=read("base_timestamp", from_epoch),
        latest=(order if options.sort == "honoured" else options.sort) == "latest",
        after=read("created_at_gt", from_iso),
        start=read("from_date", from_iso),
        end=read("to_date", from_iso),
        names=_names(params, names, options),
    )


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise ValueError(text)
    return int(text)


def _names(params: MultiMapping[str], known: list[str], options: Options) -> frozenset[str] | None:
    given: list[str] = []
    for key, spelling in (("events[]", "brackets"), ("events", "plain")):
        if options.name_param in ("both", spelling):
            given += params.getall(key, [])
    if not known or not given or options.name_filter == "ignored":
        return None
    if unknown := sorted(set(given) - set(known)):
        raise BadParameterError(f"events does not have a valid value: {', '.join(unknown)}")
    return frozenset(given[-1:] if options.name_filter == "last" else given)


def select(timeline: Timeline, query: Query, options: Options, now: int) -> range | Ints:
    """Numbers of all rows the query is about and the service has stored by now, oldest first."""

    def before(moment: int | None, side: Literal["left", "right"], default: int) -> int:
        if moment is None:
            return default
        return int(np.searchsorted(timeline.stored, moment, side=side))

    low, high = 0, timeline.known(now)
    if options.created_at_gt != "ignored":
        low = before(query.after, "right" if options.created_at_gt == "strict" else "left", 0)
    if options.dates == "honoured":
        low = max(low, before(query.start, "left", 0))
        high = min(high, before(query.end, "right", high))
    base = None if options.base_timestamp == "ignored" else query.base
    strict = options.base_timestamp == "strict"
    if options.base_timestamp_field == "created_at":
        high = min(high, before(base, "left" if strict else "right", high))
    chosen: range | Ints = range(low, max(low, high))
    if query.names is not None:
        found = timeline.named(query.names)
        chosen = found[np.searchsorted(found, low) : np.searchsorted(found, high)]
    if options.base_timestamp_field == "triggered_at" and base is not None:
        numbers = listed(chosen)
        chosen = numbers[timeline.triggered(numbers) < base + (not strict)]
    return chosen


def listed(chosen: range | Ints) -> Ints:
    """The row numbers as an array."""
    return (
        np.arange(chosen.start, chosen.stop, chosen.step) if isinstance(chosen, range) else chosen
    )


def page_of(chosen: range | Ints, latest: bool, place: range) -> Ints:
    """The row numbers at these places of the list, in the order asked for."""
    ordered = chosen[::-1] if latest else chosen
    return listed(ordered[place.start : place.stop])
