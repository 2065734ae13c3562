"""What a request asks for: its parameters, read as the contract and the options have it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from multidict import MultiMapping

from sandbox.data.clock import from_epoch, from_iso
from sandbox.options import Options

PER_PAGE = 2_000
"""Default, as documented."""


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


def parse(params: MultiMapping[str], known: Sequence[str], options: Options) -> Query:
    """The query of one request; `known` are the names the endpoint filters by, if any."""
    order = params.get("sort") or "latest"
    if order not in ("latest", "oldest"):
        raise BadParameterError(f"sort does not have a valid value: {order}")
    if options.sort != "honoured":
        order = options.sort
    return Query(
        per_page=min(_count(params, "per_page", PER_PAGE), max(1, options.per_page_maximum)),
        page=_count(params, "page", 1),
        base=_base(params),
        latest=order == "latest",
        after=_date(params, "created_at_gt"),
        start=_date(params, "from_date"),
        end=_date(params, "to_date"),
        names=_names(params, known, options),
    )


def _count(params: MultiMapping[str], key: str, default: int) -> int:
    text = params.get(key)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise BadParameterError(f"{key} is invalid: {text}")
    return int(text)


def _base(params: MultiMapping[str]) -> int | None:
    text = params.get("base_timestamp")
    if text is None:
        return None
    try:
        return from_epoch(text)
    except ValueError:
        raise BadParameterError(f"base_timestamp is invalid: {text}") from None


def _date(params: MultiMapping[str], key: str) -> int | None:
    text = params.get(key)
    if text is None:
        return None
    try:
        return from_iso(text)
    except ValueError:
        raise BadParameterError(f"{key} is invalid: {text}") from None


def _names(
    params: MultiMapping[str], known: Sequence[str], options: Options
) -> frozenset[str] | None:
    given: list[str] = []
    if options.name_param in ("both", "brackets"):
        given += params.getall("events[]", ())
    if options.name_param in ("both", "plain"):
        given += params.getall("events", ())
    if not known or not given or options.name_filter == "ignored":
        return None
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise BadParameterError(f"events does not have a valid value: {', '.join(unknown)}")
    return frozenset(given[-1:] if options.name_filter == "last" else given)
