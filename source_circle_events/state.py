"""Is the state that a sync starts from one that it can go on from, and is the catalog one it can read?

Read without a look, a state from the future makes every sync empty and green until its time has come,
and rubbish fails somewhere inside the CDK with a sentence about date formats.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from copy import deepcopy
from datetime import UTC, datetime, timedelta

import pendulum
from airbyte_cdk.models import AirbyteStateMessage, AirbyteStreamState, ConfiguredAirbyteCatalog

from source_circle_events.errors import config_error
from source_circle_events.reading.window import FORMAT

_CLOCKS_APART = timedelta(minutes=10)
"""A state may lead this machine's clock by so much: it may come from another machine."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""Earlier ones mean the same; years below 1000 would be written in a way that the CDK cannot read."""
_CURE = 'Reset the stream, or set its state to {"created_at": "2025-01-01T00:00:00Z"}.'


def normalized(
    states: Iterable[AirbyteStateMessage], configured: Collection[str] | None = None
) -> list[AirbyteStateMessage]:
    """The states of the configured streams, with `created_at` as this connector writes it.

    The manifest alone, older versions and people write it in other ways, of which the CDK knows few;
    and it would pass over the state of a stream in a namespace, which this source's have none of. The
    state of a stream that is gone or not selected is nobody's business.
    """
    ours = [message for message in deepcopy(list(states)) if _counts(message, configured)]
    for stream in _streams(ours):
        stream.stream_descriptor.namespace = None
        values = vars(stream.stream_state)
        if cursor := _moment(values.get("created_at")):
            values["created_at"] = max(cursor, _EPOCH).strftime(FORMAT)
    return ours


def check_state(states: Iterable[AirbyteStateMessage]) -> None:
    """Raise a config_error for a state that no sync can go on from."""
    for stream in _streams(states):
        name = stream.stream_descriptor.name
        values = vars(stream.stream_state)
        if not values:
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
    names = [stream.stream.name for stream in catalog.streams]
    strange = ", ".join(f'"{name[:50]}"' for name in names if name not in known)
    if strange:
        raise config_error(
            f"There is no stream {strange[:300]} in this source; there are {', '.join(known)}. "
            "Refresh the schema, or correct the catalog."
        )
    if twice := [name for name in known if names.count(name) > 1]:
        raise config_error(f'The stream "{twice[0]}" stands twice in the catalog: take one out.')


def _counts(message: AirbyteStateMessage, configured: Collection[str] | None) -> bool:
    if message.global_:
        message.global_.stream_states = [
            stream
            for stream in message.global_.stream_states
            if configured is None or stream.stream_descriptor.name in configured
        ]
    if message.stream is None or configured is None:
        return True
    return message.stream.stream_descriptor.name in configured


def _streams(states: Iterable[AirbyteStateMessage]) -> Iterable[AirbyteStreamState]:
    """The states of single streams, also those inside a GLOBAL one."""
    for message in states:
        within = message.global_.stream_states if message.global_ else []
        for stream in (*within, *([message.stream] if message.stream else [])):
            if stream.stream_state is not None:
                yield stream


def _moment(value: object) -> datetime | None:
    """A date, or a date with a time, as anyone may write it, in UTC."""
    try:
        text = value.strip() if isinstance(value, str) else ""
        parsed = pendulum.parse(text) if text[:4].isdigit() else None
        return parsed.astimezone(UTC) if isinstance(parsed, datetime) else None
    except (ValueError, OverflowError):
        return None
