"""Reads the event types from `event_types.yaml`.

The choices in the spec, the sandbox, the tests and the reference page come from this file. To add an
event type, add a line there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from source_circle_events.manifest import LOADER

_FILE = Path(__file__).with_name("event_types.yaml")


@dataclass(frozen=True)
class EventType:
    """An event type: a value that a record's `name` can have."""

    name: str
    family: str
    meaning: str
    models: Mapping[str, str]
    """Maps a key of the payload to the model expected there."""
    basis: Literal["observed", "assumed"]
    """`observed`: a user of the API has published the keys of `models`; `assumed`: we derived them."""


@cache
def _all() -> Mapping[str, tuple[EventType, ...]]:
    lines = LOADER(_FILE.read_bytes()).get_single_data()
    return {group: tuple(EventType(**line) for line in lines[group]) for group in lines}


def event_types(stream: str = "events") -> tuple[EventType, ...]:
    """Returns the event types of `stream`, in the order of Circle's documentation; may be empty."""
    return _all().get(stream, ())


def named_streams() -> tuple[str, ...]:
    """Returns the names of the streams that have event types."""
    return tuple(_all())
