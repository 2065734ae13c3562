"""Everything the sandbox can be asked to be, one field an option.

The same fields are the command line's flags, the keywords of a test and the keys of a change at run
time (`POST /_sandbox/options`), so that a scenario found by hand can be put into a test as it is.
The defaults are the contract as documented, in its plainest reading.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

Resolution = Literal["seconds", "milliseconds", "microseconds"]
RetryHeader = Literal["retry-after", "retry-date", "reset", "reset-delta", "none"]


def _option(default: object, text: str, *, data: bool = False) -> Any:
    return field(default=default, metadata={"help": text, "data": data})


@dataclass(frozen=True)
class Options:
    """How this sandbox behaves. Frozen: a change makes a new one, so a request sees one state."""

    # The community: changing one of these at run time builds a new history.
    seed: int = _option(7, "same seed and `until`: same rows", data=True)
    events: int = _option(100_000, "events in the history", data=True)
    visits: int = _option(25_000, "member visits in the history", data=True)
    tracker: int = _option(25_000, "tracker events in the history", data=True)
    members: int = _option(1_000, "members at the end of the history, at most", data=True)
    days: float = _option(730.0, "length of the history", data=True)
    until: str | None = _option(
        None, "end of the history, ISO 8601 or epoch seconds (default: the start)", data=True
    )
    hot_hour: float = _option(
        0.0, "share of the events stored within one hour, half-way: a backfill", data=True
    )
    instant: tuple[str, ...] = _option(
        (), "COUNT@TIME[@STREAM]: extra rows (events) at exactly one instant", data=True
    )
    growth: float | None = _option(
        None, "new records a minute after `until` (default: 120, or none when `until` is given)"
    )

    # The contract's own knobs.
    token: str = _option("sandbox-token", "the bearer token that is let in")
    path: tuple[str, ...] = _option(
        (), "STREAM=PATH: this stream is served at another path below /data_api/v1, and only there"
    )
    latency: float = _option(0.0, "seconds every page takes to be answered")
    rate_limit: int = _option(600, "requests a minute before 429; 0: no limit")
    rate_window: Literal["sliding", "fixed"] = _option(
        "sliding", "which minute is meant: the last 60 s, or the clock's"
    )
    rate_header: RetryHeader = _option("retry-after", "what a 429 of the limit says about waiting")
    tls: str | None = _option(
        None, "serve https; the certificate a client has to trust is written to this file"
    )
    gzip: bool = _option(False, "compress answers for clients that accept it")

    # Readings of what the contract leaves open.
    base_timestamp: Literal["strict", "inclusive", "ignored"] = _option(
        "strict", "whether a row exactly on base_timestamp is in, or the bound is not looked at"
    )
    base_timestamp_field: Literal["created_at", "triggered_at"] = _option(
        "created_at", "which time base_timestamp bounds"
    )
    created_at_gt: Literal["strict", "inclusive", "ignored"] = _option(
        "strict", "whether a row exactly on created_at_gt is in, or the bound is not looked at"
    )
    dates: Literal["honoured", "ignored"] = _option("honoured", "from_date and to_date")
    sort: Literal["honoured", "latest", "oldest"] = _option(
        "honoured", "the order every answer has, whatever was asked"
    )
    name_filter: Literal["honoured", "ignored", "last"] = _option(
        "honoured", "filter by name; `last`: only the last name given counts"
    )
    name_param: Literal["both", "brackets", "plain"] = _option(
        "both", "which spelling of the name filter is understood: events[]=, events= or both"
    )
    resolution: Resolution = _option("microseconds", "of the stored times")
    text_resolution: Resolution | None = _option(
        None, "of the times in answers, when coarser than stored"
    )
    offset: str = _option("Z", "UTC offset the times are written with: Z, +00:00, -06:00, ...")
    link_form: Literal["absolute", "relative", "query"] = _option(
        "absolute", "next_page_uri with host, as path and query, or as query alone"
    )
    link_paging: Literal["page", "cursor"] = _option(
        "page", "next_page_uri by page number, or by one opaque cursor"
    )
    per_page_maximum: int = _option(2_000, "rows a page at most, whatever per_page asks for")
    ragged_pages: bool = _option(False, "each page has a different number of rows, from 1 up")
    empty_page_every: int = _option(0, "every K-th page is empty and has a next one (K > 1)")
    repeat_page_every: int = _option(0, "every K-th page comes twice under two addresses")

    # Bad days.
    fault: tuple[str, ...] = _option(
        (), "KIND[,after=N][,times=N][,every=N]...: see the table below"
    )
    odd: tuple[str, ...] = _option((), "KIND[,every=N]: records out of shape, see below")
    undocumented: tuple[str, ...] = _option((), "KIND: fields nobody documented, see below")

    delete: str | None = _option(
        None, "SHARE[,after=N]: that share of the rows vanishes while the list is read"
    )
    surface: str | None = _option(
        None, "SHARE[,after=N]: that share of the rows appears only while the list is read"
    )

    # Time.
    lag: str | None = _option(
        None, "SHARE:SECONDS: that share of rows can be seen up to so much after created_at"
    )
    clock_offset: float = _option(0.0, "seconds the service's clock is ahead of this machine's")

    def changed(self, values: Mapping[str, object]) -> Options:
        """These options with some replaced, checked; ValueError names the one that is wrong."""
        checked: dict[str, Any] = {name: _checked(name, value) for name, value in values.items()}
        return replace(self, **checked)


HINTS: Mapping[str, Any] = get_type_hints(Options)
DATA = tuple(f.name for f in fields(Options) if f.metadata["data"])


def _checked(name: str, value: object) -> object:
    if name not in HINTS:
        raise ValueError(f"{name}: no such option")
    hint = HINTS[name]
    if get_origin(hint) is tuple:
        if isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value):
            return tuple(value)
        raise ValueError(f"{name}: a list of texts is needed, not {value!r}")
    allowed = [arg for part in (get_args(hint) or (hint,)) for arg in (get_args(part) or (part,))]
    if value is None and NoneType in allowed:
        return None
    kinds = tuple(arg for arg in allowed if isinstance(arg, type) and arg is not NoneType)
    choices = [arg for arg in allowed if isinstance(arg, str)]
    if float in kinds and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if value in choices or (type(value) in kinds):
        return value
    raise ValueError(f"{name}: {' | '.join(choices) or hint} is needed, not {value!r}")
