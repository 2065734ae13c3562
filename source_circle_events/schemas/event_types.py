"""Reads the event types, `event_types.yaml`.

The spec's choices, the sandbox, the tests and the reference page are made from this one list: to add a
name, add one line of YAML.
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
    """One name the service can put into a record's `name`."""

    name: str
    family: str
    meaning: str
    models: Mapping[str, str]
    """Key -> payload model expected under it."""
    basis: Literal["observed", "assumed"]
    """`observed`: a reader of this API has shown the keys; `assumed`: derived from those."""


@cache
def _all() -> Mapping[str, tuple[EventType, ...]]:
    lines = LOADER(_FILE.read_bytes()).get_single_data()
    return {group: tuple(EventType(**line) for line in lines[group]) for group in lines}


def event_types(stream: str = "events") -> tuple[EventType, ...]:
    """The names that records of `stream` can have, in the vendor's order; none if it has no names."""
    return _all().get(stream, ())


def named_streams() -> tuple[str, ...]:
    """The streams whose records have names."""
    return tuple(_all())
