"""Reads the files given to a command (config, catalog, state), and checks the catalog and the state.

You can pass a command's output back as it is: discover's as catalog, read's as state.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from airbyte_cdk.models import (
    AirbyteStateBlob,
    AirbyteStateMessage,
    AirbyteStateMessageSerializer,
    AirbyteStateType,
    AirbyteStreamState,
    ConfiguredAirbyteCatalog,
    ConfiguredAirbyteCatalogSerializer,
    StreamDescriptor,
)
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_circle_events import manifest
from source_circle_events.config import CLOCK_TOLERANCE, EARLIEST, date_of
from source_circle_events.failure_types import config_error

logger = logging.getLogger("airbyte.circle")

_EXPECTED = {
    "config": 'one JSON object of settings, such as {"api_token": "..."}',
    "catalog": "a configured catalog or the output of discover",
    "state": "the output of a read or its STATE messages, one a line or as a list",
}
_RECORD = (b'{"type":"RECORD"', b'{"type": "RECORD"')
"""How RECORD lines begin. They are skipped undecoded: the output of a read can have millions."""
_NOT_STATES = ("LOG", "TRACE", "CONTROL", "DEBUG")
_STREAM = {"json_schema": {}, "supported_sync_modes": ["full_refresh", "incremental"]}
_CURE = (
    'Clear the data of the stream, or set "created_at" in its state to the newest "created_at" in your '
    "destination, as YYYY-MM-DDTHH:MM:SSZ."
)


def config(path: str) -> dict[str, Any]:
    """Reads the settings from a file with one JSON object."""
    found = _documents("config", path)
    if len(found) != 1 or not isinstance(found[0], dict):
        raise _unusable("config", path)
    return found[0]


def catalog(path: str) -> ConfiguredAirbyteCatalog:
    """Reads a configured catalog; discover's output selects all streams (incremental, deduped)."""
    found = _documents("catalog", path)
    try:
        catalogs = [each.get("catalog", each) for each in found]
        streams = next(each["streams"] for each in reversed(catalogs) if "streams" in each)
        document = {"streams": [_configured(stream) for stream in streams]}
        return ConfiguredAirbyteCatalogSerializer.load(document)
    except Exception:  # noqa: BLE001  (the serializer raises many kinds)
        raise _unusable("catalog", path) from None


def state(path: str | None) -> list[AirbyteStateMessage]:
    """Reads states from a read's output, STATE messages, or a list; an empty file means no state."""
    found = _documents("state", path) if path else []
    try:
        documents = found[0] if len(found) == 1 and isinstance(found[0], list) else found
        states = [
            each.get("state", each) for each in documents if each.get("type") not in _NOT_STATES
        ]
        return [AirbyteStateMessageSerializer.load(each) for each in states if each]
    except Exception:  # noqa: BLE001  (as above)
        raise _unusable("state", path) from None


def checked_states(
    states: Iterable[AirbyteStateMessage], selected: Collection[str] | None = None
) -> list[AirbyteStateMessage]:
    """Validates the states and returns the last one of each selected stream, normalized.

    Raises a config_error for an unusable state. The CDK alone would ignore a state with a namespace,
    another type than STREAM or another date format, and silently read all history again.
    """
    last = {}
    for message in states:
        if message.stream is None:
            raise _unusable("state")
        values = message.stream.stream_state
        last[message.stream.stream_descriptor.name] = vars(values) if values else {}
    return [
        AirbyteStateMessage(
            AirbyteStateType.STREAM,
            stream=AirbyteStreamState(StreamDescriptor(name), _checked(name, values)),
        )
        for name, values in last.items()
        if selected is None or name in selected
    ]


def check_selected(names: Sequence[str]) -> None:
    """Raises a config_error if no stream is selected, or one is unknown or listed twice."""
    known = manifest.streams()
    offer = f"The streams are {', '.join(known)}."
    if not names:
        raise config_error(f"The catalog selects no stream. Select at least one. {offer}")
    if unknown := [name for name in names if name not in known]:
        listed = ", ".join(f'"{name[:50]}"' for name in unknown[:5])
        raise config_error(
            f"There is no stream {listed}. {offer} Refresh the schema, or correct the catalog."
        )
    if twice := [name for name in known if names.count(name) > 1]:
        raise config_error(f'The catalog has the stream "{twice[0]}" twice: remove one.')


def _documents(what: str, path: str) -> list[Any]:
    """Reads a file with one JSON document, or one on each line.

    An incomplete line of a state file is skipped with a warning, since a read may have been killed or
    the disk may have been full: an earlier state only makes the next sync read some records again.
    """
    try:
        with Path(path).open("rb") as file:
            content = b"".join(line for line in file if not line.startswith(_RECORD))
    except OSError as error:
        raise _unusable(what, path, error.strerror) from None
    text = content.decode("utf-8-sig", "replace")
    try:
        return [json.loads(text)]
    except (ValueError, RecursionError) as error:
        reason = str(error)
    found, incomplete = [], 0
    for line in filter(str.strip, text.split("\n")):
        try:
            found.append(json.loads(line))
        except (ValueError, RecursionError):
            incomplete += 1
    if incomplete and not (found and what == "state"):
        raise _unusable(what, path, reason)
    if incomplete:
        logger.warning(
            f"{incomplete} incomplete line(s) in the state file {path} are skipped; the last complete "
            "state of each stream counts. Records that were read after it are read again."
        )
    return found


def _configured(given: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a configured stream. `given`: one, or a stream in discover's output."""
    stream = given.get("stream", given)
    chosen = {
        "primary_key": stream.get("source_defined_primary_key") or [],
        "cursor_field": stream.get("default_cursor_field") or [],
        "sync_mode": "incremental",
    }
    # The destination's sync mode does not matter here, and the CDK rejects modes that it does not know.
    ours = {"stream": _STREAM | stream, "destination_sync_mode": "append_dedup"}
    return chosen | (dict(given) if "stream" in given else {}) | ours


def _checked(name: str, values: Mapping[str, Any]) -> AirbyteStateBlob:
    # The CDK's own keys, such as `__ab_full_refresh_sync_complete`, do not say where to continue.
    values = {key: value for key, value in values.items() if not key.startswith("__ab_")}
    if not values:
        return AirbyteStateBlob()
    given = values.get("created_at")
    cursor = date_of(given) if isinstance(given, str) else None
    if cursor is None:
        raise config_error(
            f'The saved state of stream "{name}" has no readable "created_at", so it is unknown how '
            f"far the last sync came. {_CURE}"
        )
    if cursor > datetime.now(UTC) + CLOCK_TOLERANCE:
        raise config_error(
            f'The saved state of stream "{name}" lies in the future ({cursor:%Y-%m-%d %H:%M} UTC): a '
            f"sync would read nothing. Check this machine's clock. {_CURE}"
        )
    written = manifest.load()["definitions"]["cursor"]["datetime_format"]
    values["created_at"] = max(EARLIEST, cursor).strftime(written)
    return AirbyteStateBlob(values)  # type: ignore[call-arg]


def _unusable(
    what: str, path: str | None = None, reason: str | None = None
) -> AirbyteTracedException:
    where = f" from {path}" if path else ""
    why = f" ({reason})" if reason else ""
    return config_error(f"The {what} cannot be read{where}{why}. It must be {_EXPECTED[what]}.")
