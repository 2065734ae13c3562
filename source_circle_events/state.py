"""Is the state that a sync starts from one that it can go on from?

Read without a look, a state from the future makes every sync empty and green until its time has come,
and rubbish fails somewhere inside the CDK with a sentence about date formats.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from datetime import UTC, datetime, timedelta

from airbyte_cdk.models import AirbyteStateMessage

from source_circle_events.errors import config_error
from source_circle_events.reading.window import FORMAT, moment

_CLOCKS_APART = timedelta(minutes=10)
"""A state may lead this machine's clock by so much: it may come from another machine."""

_CURE = 'Reset the stream, or set its state to {"created_at": "2025-01-01T00:00:00Z"}.'


def in_our_words(states: Iterable[AirbyteStateMessage]) -> list[AirbyteStateMessage]:
    """The states with `created_at` as this connector writes it, wherever it can be read: Circle's own
    manifest, older versions and people write it in other ways, of which the CDK knows few."""
    ours = deepcopy(list(states))
    for message in ours:
        if message.stream and message.stream.stream_state is not None:
            values = vars(message.stream.stream_state)
            if cursor := moment(values.get("created_at")):
                values["created_at"] = cursor.strftime(FORMAT)
    return ours


def check_state(states: Iterable[AirbyteStateMessage]) -> None:
    """Raise a config_error for a state that no sync can go on from."""
    for message in states:
        stream = message.stream
        if stream is None or stream.stream_state is None:
            continue
        name = stream.stream_descriptor.name
        values = vars(stream.stream_state)
        if not values:
            continue
        cursor = moment(values.get("created_at"))
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
