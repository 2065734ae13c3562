"""What answers tell without a question of their own: links, texts of times, headers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from source_circle_events.probe.asking import Row, Service

Finding = tuple[Any, str]
"""The answer, None if it cannot be told, and then why."""
FEW: Final = "too few records to tell"


def next_page_uri(link: str | None) -> Finding:
    if link is None:
        return None, FEW
    if urlsplit(link).scheme in ("http", "https"):
        return "absolute", ""
    if link.startswith("//"):
        return None, "it begins with //"
    return ("query" if link.startswith("?") else "relative"), ""


def pages(link: str | None) -> Finding:
    if link is None:
        return None, FEW
    numbered = dict(parse_qsl(urlsplit(link).query)).get("page", "").isdigit()
    return ("numbered" if numbered else "opaque"), ""


def resolution(rows: Sequence[Row]) -> Finding:
    """As written, if the digits are used: six digits that always end in zeros tell nothing."""
    digits = [row.digits for row in rows if row.digits is not None]
    written = max(map(len, digits), default=0)
    used = max((len(text.rstrip("0")) for text in digits), default=0)
    if not digits:
        return None, FEW
    if _unit(written) != _unit(used):
        return None, f"{written} digits are written, only {used} used ({len(digits)} records)"
    return _unit(used), ""


def _unit(digits: int) -> str:
    return "seconds" if not digits else "milliseconds" if digits <= 3 else "microseconds"


def offset(rows: Sequence[Row]) -> Finding:
    seen = sorted({row.offset for row in rows if row.digits is not None})
    if len(seen) == 1 and seen[0]:
        return seen[0], ""
    return None, f"several: {', '.join(map(repr, seen))}" if seen else FEW


def rate_limit_headers(service: Service) -> Finding:
    """Only a 429 tells what comes with one, and the probe provokes none."""
    names = sorted(service.headers) if service.limited is None else service.limited
    found = [name for name in names if re.search("rate-?limit|retry-after", name, re.IGNORECASE)]
    if found or service.limited is not None:
        return found, ""
    return None, "none on these answers; no 429 came to see what it says"


def clock_skew(service: Service) -> Finding:
    """Seconds the service's clock is ahead of this machine's."""
    least, most = service.slowest_clock, service.fastest_clock
    if not least <= most + 2:
        return None, "the answers' Date headers disagree"
    if most == float("inf"):
        return None, "no answer has a Date header"
    return round((least + most) / 2), ""
