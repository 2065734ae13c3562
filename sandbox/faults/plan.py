"""When something goes wrong: which answers a fault replaces. What it does to them: `answers`.

A fault counts the requests it could have met (good token, good parameters, its stream and page) and
strikes those from `after` on, each `every`-th, at most `times` of them or `seconds` long.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

from pydantic import model_validator

from sandbox.options import RetryHeader, Spec

REWRITTEN = ("bad_byte", "latin1", "utf16", "bom", "nan", "control", "pretty")
"""Kinds of bodies that hold every record, written as few parsers expect."""
BODIES = ("html", "empty", "cut", "list", "no_events", "null_events", "null_pagination")
LINKS = ("next_self", "next_earlier", "next_host", "next_http", "next_raw")
WIRE = ("reset", "drop", "short", "hang", "trickle")
KINDS = (*BODIES, *REWRITTEN, *LINKS, *WIRE, "redirect")
ARRIVING = (*LINKS, *REWRITTEN, "null_pagination", "trickle")
"""Kinds that leave the page's records readable: the log counts them as sent."""


class Fault(Spec):
    """`KIND[,key=value]...`; the keys are explained in sandbox/README.md."""

    kind: str
    after: int = 0
    times: int | None = None
    every: int = 1
    seconds: float | None = None
    stream: str | None = None
    page: int | None = None
    to: str = ""
    wait: float = 0.0
    header: RetryHeader = "none"
    pace: float = 0.5

    @property
    def status(self) -> int:
        """The status to answer with, 0 if the kind is none."""
        return int(self.kind) if self.kind.isdigit() else 0

    @model_validator(mode="before")
    @classmethod
    def _waits(cls, values: dict[str, Any]) -> dict[str, Any]:
        return {"header": "retry-after", **values} if "wait" in values else values

    @model_validator(mode="after")
    def _known(self) -> Self:
        if self.kind not in KINDS and not 400 <= self.status <= 599:
            raise ValueError(f"{self.kind!r} is neither a status nor of {', '.join(KINDS)}")
        if self.kind in ("redirect", "next_host", "next_raw") and not self.to:
            raise ValueError(f"{self.kind} needs to=...")
        return self


class Plan:
    """The faults to come, each with its own count of what it has met."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._faults = [_Counted(Fault.parse("fault", text)) for text in texts]

    def strike(self, stream: str, page: int, now: float) -> Fault | None:
        """The fault that meets this request; every fault counts it, the first one due strikes."""
        met = [counted for counted in self._faults if counted.meets(stream, page)]
        return next((counted.fault for counted in met if counted.due(now)), None)


class _Counted:
    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self._met = self._struck = 0
        self._since: float | None = None

    def meets(self, stream: str, page: int) -> bool:
        meets = self.fault.stream in (None, stream) and self.fault.page in (None, page)
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
