"""Is the state that a sync starts from one that it can go on from, and is the catalog one it can read?

Read without a look, a state from the future makes every sync empty and green until its time has come,
and rubbish fails somewhere inside the CDK with a sentence about date formats.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from copy import deepcopy
from datetime import UTC, datetime, timedelta

import pendulum
from airbyte_cdk.models import (
    AirbyteStateBlob,
    AirbyteStateMessage,
    AirbyteStateType,
    AirbyteStreamState,
    ConfiguredAirbyteCatalog,
    StreamDescriptor,
)

from source_circle_events.errors import config_error
from source_circle_events.reading.window import FORMAT

_CLOCKS_APART = timedelta(minutes=10)
"""A state may lead this machine's clock by so much: it may come from another machine."""

_CURE = 'Reset the stream, or set its state to {"created_at": "2025-01-01T00:00:00Z"}.'
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def normalized(
    states: Iterable[AirbyteStateMessage], configured: Collection[str] | None = None
) -> list[AirbyteStateMessage]:
    """The states of the configured streams, the last of each, as this connector writes them.

    The CDK passes over every shape but its own without a word, and all history is read again: LEGACY
    states, a GLOBAL beside others, no `type`, a namespace (our streams have none), spellings of
    `created_at` that Circle's own manifest, older versions and people use. The state of a stream that
    is gone or not selected is nobody's business.
    """
    last: dict[str, AirbyteStreamState] = {}
    for message in deepcopy(list(states)):
        for stream in _streams(message):
            stream.stream_descriptor.namespace = None
            last[stream.stream_descriptor.name] = stream
            values = vars(stream.stream_state) if stream.stream_state else {}
            if cursor := _moment(values.get("created_at")):
                values["created_at"] = cursor.strftime(FORMAT)
    return [
        AirbyteStateMessage(AirbyteStateType.STREAM, stream=stream)
        for name, stream in last.items()
        if configured is None or name in configured
    ]


def check_state(states: Iterable[AirbyteStateMessage]) -> None:
    """Raise a config_error for a state that no sync can go on from."""
    for stream in (stream for message in states for stream in _streams(message)):
        name = stream.stream_descriptor.name
        values = vars(stream.stream_state) if stream.stream_state else {}
        if not values:  # never read
            continue
        cursor = _moment(values.get("created_at"))
        if cursor is None:
            raise config_error(
                f'The saved state of stream "{name}" has no readable "created_at", so it is unknown '
                f"how far the last sync came. {_CURE}"
            )
        if cursor > datetime.now(UTC) + _CLOCKS_APART:
            raise config_error(
                f'The saved state of stream "{name}" lies in the future ({cursor:%Y-%m-%d %H:%M}), '
                f"so that a sync would read nothing. Check this machine's clock. {_CURE}"
            )


def check_catalog(catalog: ConfiguredAirbyteCatalog, known: Collection[str]) -> None:
    """Raise a config_error for a configured stream that does not exist, which the CDK passes over, or
    that stands twice, which it reads twice."""
    if not catalog.streams:
        raise config_error(f"The catalog selects no stream; there are {', '.join(known)}.")
    names = [stream.stream.name for stream in catalog.streams]
    strange = ", ".join(f'"{name[:50]}"' for name in names if name not in known)
    if strange:
        raise config_error(
            f"There is no stream {strange[:300]} in this source; there are {', '.join(known)}. "
            "Refresh the schema, or correct the catalog."
        )
    if twice := [name for name in known if names.count(name) > 1]:
        raise config_error(f'The stream "{twice[0]}" stands twice in the catalog: take one out.')


def _streams(message: AirbyteStateMessage) -> list[AirbyteStreamState]:
    """The states of single streams in a STREAM, GLOBAL or LEGACY state."""
    if message.global_:
        return message.global_.stream_states
    if message.stream:
        return [message.stream]
    return [
        AirbyteStreamState(StreamDescriptor(name), AirbyteStateBlob(values))  # type: ignore[call-arg]
        for name, values in (message.data or {}).items()
        if isinstance(values, Mapping)
    ]


def _moment(value: object) -> datetime | None:
    """A date, or a date with a time, as anyone may write it, in UTC; 1970 for what lies before it,
    since bounds a little earlier must be possible too."""
    text = value.strip() if isinstance(value, str) else ""
    try:
        parsed = pendulum.parse(text) if text[:4].isdigit() else None
        if not isinstance(parsed, pendulum.DateTime):
            return None
        return max(_EPOCH, datetime.fromisoformat(parsed.in_timezone("UTC").isoformat()))
    except OverflowError:  # by its offset out of the years 1 to 9999
        return _EPOCH if text.startswith("0") else None
    except ValueError:
        return None
