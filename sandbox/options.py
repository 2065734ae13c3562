"""The options of the sandbox.

The same names are used by the command line, by tests and by changes at run time
(`POST /_sandbox/options`). The defaults follow Circle's documentation.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, ValidationError

Reading = Literal["strict", "inclusive", "ignored"]
Resolution = Literal["seconds", "milliseconds", "microseconds"]
Share = Annotated[float, Field(ge=0, le=1)]


class Options(BaseModel, frozen=True, extra="forbid", use_attribute_docstrings=True):
    """How this sandbox behaves. Frozen: a change makes a new one, so a request sees one state."""

    # The community
    events: int = 100_000
    """events in the history"""
    visits: int = 25_000
    """member visits in the history"""
    tracker: int = 25_000
    """tracker events in the history"""
    days: float = 730.0
    """length of the history"""
    until: str | None = None
    """end of the history, ISO 8601; otherwise the start"""
    hot_hour: float = 0.0
    """share of the events stored within one hour, half-way: a backfill"""
    instant: tuple[str, ...] = ()
    """COUNT,at=TIME[,stream=...]: extra rows (events) at exactly one instant"""
    growth: float | None = None
    """new records a minute after `until`; otherwise 120, or none when `until` is given"""

    # The contract's own knobs
    token: str = "sandbox-token"
    """the bearer token that is let in"""
    latency: float = 0.0
    """seconds every page takes to be answered"""
    rate_limit: int = 600
    """requests in any 60 s before 429; 0: no limit"""
    tls: str | None = None
    """serve https; the certificate a client has to trust is written to this file"""
    gzip: bool = False
    """compress answers for clients that accept it"""

    # Readings of what the contract leaves open
    base_timestamp: Reading = "strict"
    """whether a row exactly on base_timestamp is in, or the bound is not looked at"""
    base_timestamp_field: Literal["created_at", "triggered_at"] = "created_at"
    """which time base_timestamp bounds"""
    created_at_gt: Reading = "strict"
    """whether a row exactly on created_at_gt is in, or the bound is not looked at"""
    sort: Literal["honoured", "latest", "oldest"] = "honoured"
    """the order every answer has, whatever was asked"""
    name_filter: Literal["honoured", "ignored", "last"] = "honoured"
    """filter by name; `last`: only the last name given counts"""
    name_param: Literal["both", "brackets", "plain"] = "both"
    """which spelling of the name filter is understood: events[]=, events= or both"""
    resolution: Resolution = "microseconds"
    """of the stored times"""
    text_resolution: Resolution | None = None
    """of the times in answers, when coarser than stored"""
    offset: str = Field(default="Z", pattern=r"^(Z|[+-]\d\d:?\d\d)$")
    """UTC offset the times are written with: Z, +00:00, -06:00, ..."""
    link_form: Literal["absolute", "relative", "query"] = "absolute"
    """next_page_uri with host, as path and query, or as query alone"""
    link_paging: Literal["page", "cursor"] = "page"
    """next_page_uri by page number, or by one opaque cursor"""
    per_page_maximum: int = Field(default=2_000, ge=1)
    """rows a page at most, whatever per_page asks for"""
    depth_limit: int = 0
    """a page that begins after so many rows of its list is refused with 400; 0: no limit"""
    ragged_pages: bool = False
    """each page has a different number of rows, from 1 up"""
    empty_page_every: int = 0
    """every K-th page is empty and has a next one (K > 1)"""

    # Bad days
    fault: tuple[str, ...] = ()
    """KIND[,after=N][,times=N][,every=N]...: see sandbox/README.md"""
    odd: tuple[str, ...] = ()
    """KIND[,every=N][,first=N]: malformed records, see sandbox/README.md"""
    undocumented: bool = False
    """each record has fields that nobody documented"""
    delete: Share = 0.0
    """share of the rows that vanish while the list is read"""
    surface: Share = 0.0
    """share of the rows that appear only while the list is read"""

    # Time
    lag: Share = 0.0
    """share of the rows that can be seen only up to 50 s after created_at"""
    clock_offset: float = 0.0
    """seconds the service's clock is ahead of this machine's"""

    def changed(self, values: Mapping[str, object]) -> Options:
        """These options with some replaced; ValueError names the one that is wrong."""
        try:
            return Options.model_validate({**dict(self), **values})
        except ValidationError as error:
            raise ValueError(said(error)) from None


class Spec(BaseModel, extra="forbid"):
    """What a text `VALUE[,key=value]...` of an option says; VALUE is the first field's."""

    @classmethod
    def parse(cls, option: str, text: str) -> Self:
        """ValueError names the option and what is wrong."""
        first, *pairs = (part.strip() for part in text.split(","))
        values: dict[str, Any] = {key: value for key, _, value in (p.partition("=") for p in pairs)}
        try:
            return cls.model_validate({next(iter(cls.model_fields)): first, **values})
        except ValidationError as error:
            raise ValueError(f"{option}: {text!r}: {said(error)}") from None


def said(error: ValidationError) -> str:
    """The first validation error, as a sentence."""
    first = error.errors()[0]
    return ": ".join([*map(str, first["loc"]), first["msg"]])
