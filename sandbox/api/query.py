"""What a request asks for, read as the contract and the options have it, and the rows that answer it.

Bounds are found by bisection, so that a page costs the same at any depth.
"""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from multidict import MultiMapping
from pydantic import BaseModel, BeforeValidator, PositiveInt, ValidationError

from sandbox.data.random_and_time import Ints, from_epoch, from_iso
from sandbox.data.world import Timeline
from sandbox.options import Options, said


class BadParameterError(ValueError):
    """A parameter the service would answer with 400."""


class Query(BaseModel):
    """The parameters by their names, but for the filter by name."""

    per_page: PositiveInt = 2_000
    page: PositiveInt = 1
    sort: Literal["latest", "oldest"] = "latest"
    base_timestamp: Annotated[int, BeforeValidator(from_epoch)] | None = None
    created_at_gt: Annotated[int, BeforeValidator(from_iso)] | None = None
    names: frozenset[str] | None = None
    """None: no filter."""

    @classmethod
    def of(cls, params: MultiMapping[str], names: list[str], options: Options) -> Query:
        """The query of one request; `names` are those the endpoint filters by, if any."""
        given = {key: params[key] for key in cls.model_fields if key in params}
        try:
            return cls.model_validate(given | {"names": _names(params, names, options)})
        except ValidationError as error:
            raise BadParameterError(said(error)) from None


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
    low, high = 0, timeline.known(now)
    after = None if options.created_at_gt == "ignored" else query.created_at_gt
    base = None if options.base_timestamp == "ignored" else query.base_timestamp
    # Times are whole microseconds, so one more turns "from" into "after", and "before" into "up to".
    if after is not None:
        low = int(np.searchsorted(timeline.stored, after + (options.created_at_gt == "strict")))
    if base is not None:
        base += options.base_timestamp == "inclusive"
        if options.base_timestamp_field == "created_at":
            high = min(high, int(np.searchsorted(timeline.stored, base)))
    chosen: range | Ints = range(low, max(low, high))
    if query.names is not None:
        found = timeline.named(query.names)
        chosen = found[np.searchsorted(found, low) : np.searchsorted(found, high)]
    if base is not None and options.base_timestamp_field == "triggered_at":
        numbers = listed(chosen)
        chosen = numbers[timeline.triggered(numbers) < base]
    return chosen


def listed(chosen: range | Ints) -> Ints:
    """The row numbers as an array."""
    return (
        np.arange(chosen.start, chosen.stop, chosen.step) if isinstance(chosen, range) else chosen
    )


def page_of(chosen: range | Ints, order: str, place: range) -> Ints:
    """The row numbers at these places of the list, in the order asked for."""
    ordered = chosen[::-1] if order == "latest" else chosen
    return listed(ordered[place.start : place.stop])
