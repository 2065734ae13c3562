"""How a refusal says when to come back: each header seen in the wild, and none at all."""

from __future__ import annotations

import math
from email.utils import formatdate

from sandbox.options import RetryHeader


def headers(kind: RetryHeader, seconds: float, now: float) -> dict[str, str]:
    """The header for a wait of `seconds`, by a clock that shows `now`."""
    match kind:
        case "retry-after":
            return {"Retry-After": str(math.ceil(seconds))}
        case "retry-date":
            return {"Retry-After": formatdate(math.ceil(now + seconds), usegmt=True)}
        case "reset":
            return {"X-RateLimit-Reset": str(math.ceil(now + seconds))}
        case "reset-delta":
            return {"X-RateLimit-Reset": str(math.ceil(seconds))}
        case "none":
            return {}
