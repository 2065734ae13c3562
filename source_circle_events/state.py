"""Is the state that a sync starts from one that it can go on from, and is the catalog one it can read?

Read without a look, a state from the future makes every sync empty and green until its time has come,
and rubbish fails somewhere inside the CDK with a sentence about date formats.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from airbyte_cdk.models import (
    AirbyteStateBlob,
    AirbyteStateMessage,
    AirbyteStateType,
    AirbyteStreamState,
    StreamDescriptor,
)

from source_circle_events import manifest
from source_circle_events.config import CLOCK_TOLERANCE, EARLIEST, date_of
from source_circle_events.errors import config_error
from source_circle_events.reading.window import FORMAT

_CURE = 'Reset the stream, or set its state to {"created_at": "2025-01-01T00:00:00Z"}.'


def normalized(
    states: Iterable[AirbyteStateMessage], configured: Collection[str] | None = None
) -> list[AirbyteStateMessage]:
    """The states of the configured streams, the last of each, as this connector writes them; a
    config_error for one that no sync can go on from.

    The CDK passes over every shape but its own without a word, and all history is read again: LEGACY
    states, a GLOBAL beside others, no `type`, a namespace (our streams have none), spellings of
    `created_at` that Circle's own manifest, older versions and people use. The state of a stream that
    is gone or not selected is nobody's business.
    """
    last = {name: values for message in states for name, values in _streams(message)}
    return [
        AirbyteStateMessage(
            AirbyteStateType.STREAM,
            stream=AirbyteStreamState(StreamDescriptor(name), _checked(name, values)),
        )
        for name, values in last.items()
        if configured is None or name in configured
    ]


def check_selected(names: Sequence[str]) -> None:
    """Raise a config_error for a selected stream that does not exist, which the CDK passes over, or
    that stands twice in the catalog, which it reads twice."""
    known = manifest.streams()
    if not names:
        raise config_error(f"The catalog selects no stream; there are {', '.join(known)}.")
    strange = ", ".join(f'"{name[:50]}"' for name in names if name not in known)
    if strange:
        raise config_error(
            f"There is no stream {strange[:300]} in this source; there are {', '.join(known)}. "
            "Refresh the schema, or correct the catalog."
        )
    if twice := [name for name in known if names.count(name) > 1]:
        raise config_error(f'The stream "{twice[0]}" stands twice in the catalog: take one out.')


def _streams(message: AirbyteStateMessage) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Name and values of the single streams in a STREAM, GLOBAL or LEGACY state."""
    single = [message.stream] if message.stream else []
    for stream in message.global_.stream_states if message.global_ else single:
        yield stream.stream_descriptor.name, vars(stream.stream_state or AirbyteStateBlob())
    for name, values in (message.data or {}).items():
        if isinstance(values, Mapping):
            yield name, values


def _checked(name: str, values: Mapping[str, Any]) -> AirbyteStateBlob:
    if not values:  # never read
        return AirbyteStateBlob()
    given = values.get("created_at")
    cursor = date_of(given) if isinstance(given, str) else None
    if cursor is None:
        raise config_error(
            f'The saved state of stream "{name}" has no readable "created_at", so it is unknown '
            f"how far the last sync came. {_CURE}"
        )
    if cursor > datetime.now(UTC) + CLOCK_TOLERANCE:  # it may come from another machine
        raise config_error(
            f'The saved state of stream "{name}" lies in the future ({cursor:%Y-%m-%d %H:%M}), '
            f"so that a sync would read nothing. Check this machine's clock. {_CURE}"
        )
    values = {**values, "created_at": max(EARLIEST, cursor).strftime(FORMAT)}
    return AirbyteStateBlob(values)  # type: ignore[call-arg]
