"""An Airbyte source for the Circle Data API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from source_circle_events.source import SourceCircleEvents

__all__ = ["SourceCircleEvents"]


def __getattr__(name: str) -> Any:
    """`SourceCircleEvents`, where the CDK's tools look for it, imported by those who want it only:
    with it come two seconds of the CDK."""
    if name == "SourceCircleEvents":
        from source_circle_events.source import SourceCircleEvents  # noqa: PLC0415

        return SourceCircleEvents
    raise AttributeError(name)
