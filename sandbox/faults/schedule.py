"""Which responses a fault replaces. The faulty responses themselves are in `responses.py`.

A fault counts the requests it could have met (good token, good parameters, its stream and page) and
strikes those from `after` on, each `every`-th, at most `times` of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from pydantic import Field, model_validator

from sandbox.options import Spec

LINKS = ("next_self", "next_earlier", "next_host", "next_http", "next_raw")
WIRE = ("reset", "drop", "short", "hang", "trickle")
_NO_PAGES = (
    "html",
    "challenge",
    "empty",
    "cut",
    "list",
    "no_events",
    "null_events",
    "null_pagination",
)
_ODDLY_WRITTEN = ("bad_byte", "latin1", "utf16", "bom", "nan", "control", "pretty")
KINDS = (*_NO_PAGES, *_ODDLY_WRITTEN, *LINKS, *WIRE, "redirect", "latest")
RetryHeader = Literal["retry-after", "retry-date"]


class Fault(Spec):
    """`KIND[,key=value]...`; the keys are explained in sandbox/README.md."""

    kind: str = Field(pattern=f"^({'|'.join(KINDS)}|[45]\\d\\d)$")
    after: int = 0
    times: int | None = None
    every: int = 1
    stream: str | None = None
    page: int | None = None
    to: str = ""
    wait: float = 0.0
    header: RetryHeader = "retry-after"
    pace: float = 0.5
    _met: int = 0
    _struck: int = 0

    @property
    def status(self) -> int:
        """The status to answer with, 0 if the kind is none."""
        return int(self.kind) if self.kind.isdigit() else 0

    @model_validator(mode="before")
    @classmethod
    def _leads_somewhere(cls, values: dict[str, Any]) -> dict[str, Any]:
        if values["kind"] in ("redirect", "next_host", "next_raw") and not values.get("to"):
            raise ValueError(f"{values['kind']} needs to=...")
        return values

    def meets(self, stream: str, page: int) -> bool:
        """Whether it could strike this request; counts those it could."""
        meets = self.stream in (None, stream) and self.page in (None, page)
        self._met += meets
        return meets

    def due(self) -> bool:
        """Whether it strikes the request it just met."""
        turn = self._met - self.after
        if turn < 1 or turn % self.every or self._struck == self.times:
            return False
        self._struck += 1
        return True


class Schedule:
    """All faults of the options."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._faults = [Fault.parse("fault", text) for text in texts]

    def strike(self, stream: str, page: int) -> Fault | None:
        """The fault that meets this request; every fault counts it, the first one due strikes."""
        met = [fault for fault in self._faults if fault.meets(stream, page)]
        return next((fault for fault in met if fault.due()), None)
