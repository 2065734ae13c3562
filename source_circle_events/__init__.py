"""An Airbyte source for the Circle Data API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from source_circle_events.source import SourceCircleEvents

__all__ = ["SourceCircleEvents"]


def __getattr__(name: str) -> Any:
    """Imports `SourceCircleEvents` on first use, because importing it takes a second."""
    if name == "SourceCircleEvents":
        from source_circle_events.source import SourceCircleEvents  # noqa: PLC0415

        return SourceCircleEvents
    raise AttributeError(name)
