"""When something goes wrong: which answers a fault replaces. What it does to them is elsewhere.

A fault counts the requests it could have met (good token, good parameters, its stream and page) and
strikes those from `after` on, each `every`-th, at most `times` of them or `seconds` long.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import get_args, get_type_hints

from sandbox.options import RetryHeader

TEXTS = ("bad_byte", "latin1", "utf16", "bom", "nan", "control", "pretty")
"""Kinds of bodies that hold every record, written as few parsers expect."""
BODIES = ("html", "empty", "cut", "list", "no_events", "null_events", "null_pagination", *TEXTS)
LINKS = ("next_self", "next_earlier", "next_host", "next_http", "next_raw")
WIRE = ("reset", "drop", "short", "hang", "trickle")
KINDS = (*BODIES, *LINKS, *WIRE, "redirect")
ARRIVING = (*LINKS, *TEXTS, "null_pagination", "trickle")
"""Kinds that leave the page's records readable: the log counts them as sent."""
_NEEDS_TO = ("redirect", "next_host", "next_raw")


@dataclass(frozen=True)
class Fault:
    """One line of trouble, as text `KIND,after=N,...`; a kind that is a number is a status."""

    kind: str
    after: int = 0
    """So many requests go well first."""
    times: int | None = None
    """How often it strikes; None: for ever."""
    every: int = 1
    """Strikes each so-many-th request only."""
    seconds: float | None = None
    """How long it lasts from its first strike; None: for ever."""
    stream: str | None = None
    """The endpoint's last part, if only one is meant."""
    page: int | None = None
    """The page number, if only one is meant."""
    to: str = ""
    """redirect, next_raw: where to. next_host: scheme and host, the rest stays as it is."""
    wait: float = 0.0
    """What a status says about waiting, in seconds."""
    header: RetryHeader = "none"
    """How it says so; `retry-after` if there is a `wait`."""
    pace: float = 0.5
    """trickle: seconds between two pieces of a hundredth of the body."""

    @property
    def status(self) -> int:
        """The status to answer with, 0 if the kind is none."""
        return int(self.kind) if self.kind.isdigit() else 0

    @classmethod
    def parse(cls, text: str) -> Fault:
        kind, *rest = (part.strip() for part in text.split(","))
        if kind not in KINDS and not (kind.isdigit() and 400 <= int(kind) <= 599):
            raise ValueError(f"fault: {kind!r} is neither a status nor of {', '.join(KINDS)}")
        values: dict[str, object] = {}
        for part in rest:
            key, _, value = part.partition("=")
            if key not in _CASTS:
                raise ValueError(f"fault: {key!r} is none of {', '.join(_CASTS)}")
            try:
                values[key] = _CASTS[key](value)
            except ValueError:
                raise ValueError(f"fault: {value!r} is no {key}") from None
        if "wait" in values:
            values.setdefault("header", "retry-after")
        if kind in _NEEDS_TO and not values.get("to"):
            raise ValueError(f"fault: {kind} needs to=...")
        return cls(kind, **values)  # type: ignore[arg-type]  # cast by name above


def _header(text: str) -> str:
    if text not in get_args(RetryHeader):
        raise ValueError(text)
    return text


_KINDS_OF = get_type_hints(Fault)
_CASTS = {
    field.name: next(
        (
            cast
            for cast in (int, float)
            if cast in (_KINDS_OF[field.name], *get_args(_KINDS_OF[field.name]))
        ),
        str,
    )
    for field in fields(Fault)
    if field.name != "kind"
} | {"header": _header}


class Plan:
    """The faults to come, each with its own count of what it has met."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._faults = [_Counted(Fault.parse(text)) for text in texts]

    def strike(self, stream: str, page: int, now: float) -> Fault | None:
        """The fault that meets this request; every fault counts it, the first one due strikes."""
        struck: Fault | None = None
        for counted in self._faults:
            if counted.meets(stream, page) and struck is None and counted.due(now):
                struck = counted.fault
        return struck


class _Counted:
    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self._met = self._struck = 0
        self._since: float | None = None

    def meets(self, stream: str, page: int) -> bool:
        fault = self.fault
        meets = fault.stream in (None, stream) and fault.page in (None, page)
        self._met += meets
        return meets

    def due(self, now: float) -> bool:
        fault, turn = self.fault, self._met - self.fault.after
        if turn < 1 or turn % fault.every or self._struck == fault.times:
            return False
        self._since = now if self._since is None else self._since
        if fault.seconds is not None and now - self._since > fault.seconds:
            return False
        self._struck += 1
        return True
