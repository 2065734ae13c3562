"""How long a command waits for one page."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long a command waits for one page; all in seconds."""

    delays: tuple[float, ...]
    """Before each new try of a failed request, jittered."""
    in_all: float
    """No try begins later than this after the first one, whatever 429s and Retry-After ask for."""
    connect: float
    read: float
    """Between two packets."""
    whole: float
    """One answer, to its last byte: a service that trickles would hold a sync for ever."""


SYNC = RetryPolicy((1, 2, 4, 8, 16, 30), in_all=540, connect=10, read=60, whole=240)
"""A service that is away for longer ends the sync, which the platform then tries again by itself. All
together is far below `maxSecondsBetweenMessages` in metadata.yaml, the silence that the platform
kills at."""
COMMAND = RetryPolicy((1, 2, 4, 8), in_all=20, connect=3, read=10, whole=20)
"""check, discover and the probe, before which a person sits."""
