"""Reads the files of a command: config, catalog, state; takes what can be meant.

People hand on what a command printed: discover's output as a catalog, that of a read as a state. What
cannot be meant is told in a sentence; the CDK's own words would be a traceback.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from airbyte_cdk.models import (
    AirbyteStateMessage,
    AirbyteStateMessageSerializer,
    ConfiguredAirbyteCatalog,
    ConfiguredAirbyteCatalogSerializer,
)
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_circle_events import manifest
from source_circle_events.errors import config_error

_BESIDE_STATES = ("RECORD", "LOG", "TRACE", "CONTROL", "DEBUG")
"""Other messages of a read."""
_RECORD = ('{"type":"RECORD"', '{"type": "RECORD"')
"""A read prints millions of them: they are not decoded."""
_EXAMPLE = '{"stream": {"name": "events"}, "sync_mode": "incremental"}'
_STREAM = {"json_schema": {}, "supported_sync_modes": ["full_refresh", "incremental"]}
_DOCUMENT = re.compile(r"\S")


def config(path: str) -> dict[str, Any]:
    """A JSON object of settings."""
    found = _documents("config", path)
    if len(found) == 1 and isinstance(found[0], dict) and "type" not in found[0]:
        return found[0]
    raise _other("config", path, 'one JSON object of settings, such as {"api_token": "..."}', found)


def catalog(path: str) -> ConfiguredAirbyteCatalog:
    """A configured catalog; of what discover printed, every stream, incremental and deduplicated."""
    found = _documents("catalog", path)
    opened = found
    for key in ("catalog", "streams"):
        opened = [one.get(key, one) if isinstance(one, dict) else one for one in opened]
    if not (lists := [one for one in opened if isinstance(one, list)]):
        raise _other("catalog", path, "a configured catalog, or what discover printed", found)
    streams = []
    for number, stream in enumerate(lists[-1], 1):
        try:
            document = {"streams": [_configured(stream)]}
            streams += ConfiguredAirbyteCatalogSerializer.load(document).streams
        except Exception:  # noqa: BLE001  (the serializer raises of every kind)
            why = f"its stream number {number} must be like {_EXAMPLE}"
            raise _unreadable("catalog", path, why) from None
    return ConfiguredAirbyteCatalog(streams)


def state(path: str | None) -> list[AirbyteStateMessage]:
    """STATE messages, as a list or among those of a read; `{stream: state}`; none of an empty file."""
    if not path:
        return []
    found = [one for one in _documents("state", path) if one not in (None, {})]
    given = found[0] if len(found) == 1 and isinstance(found[0], list) else found
    try:
        states = [state for document in given for state in _states(document)]
        return [AirbyteStateMessageSerializer.load(state) for state in states]
    except Exception:  # noqa: BLE001
        expected = "STATE messages, one a line or as a list, as a read prints them"
        raise _other("state", path, expected, found) from None


def _documents(what: str, path: str) -> list[Any]:
    """The JSON documents of a file, one after the other, however they are broken into lines.

    A state whose last line was cut off, as by a kill, is what stands before: an older one.
    """
    try:
        with Path(path).open("rb") as file:
            lines = io.TextIOWrapper(file, json.detect_encoding(file.peek(4)[:4]))
            text = "".join("\n" if line.startswith(_RECORD) else line for line in lines)
    except OSError as error:
        raise _unreadable(what, path, (error.strerror or str(error)).lower()) from None
    except ValueError:
        raise _unreadable(what, path, "it is no text") from None
    found: list[Any] = []
    end = 0
    while start := _DOCUMENT.search(text, end):
        try:
            document, end = json.JSONDecoder().raw_decode(text, start.start())
        except (ValueError, RecursionError) as error:
            if what == "state" and found and "\n" not in text[start.start() :]:
                break
            at = isinstance(error, json.JSONDecodeError) and (error.lineno, error.colno)
            where = f" (line {at[0]}, column {at[1]})" if at else ""
            raise _unreadable(what, path, f"it is no JSON{where}") from None
        found.append(document)
    if not found and what != "state":
        raise _unreadable(what, path, "the file is empty")
    return found


def _configured(given: dict[str, Any]) -> dict[str, Any]:
    if "config" in given:  # an entry of Airbyte's API, which has other names
        raise ValueError
    stream: dict[str, Any] = given.get("stream", given)
    key, cursor = stream.get("source_defined_primary_key"), stream.get("default_cursor_field")
    chosen = {"primary_key": key or [], "cursor_field": cursor or [], "sync_mode": "incremental"}
    # What the destination does is its own business, and the CDK refuses a mode that is new to it.
    ours = {"stream": _STREAM | stream, "destination_sync_mode": "append_dedup"}
    return chosen | (given if "stream" in given else {}) | ours


def _states(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What can be loaded; none of another message of a read."""
    if document.get("type") in _BESIDE_STATES:
        return []
    state = document["state"] if document.get("type") == "STATE" else document
    if state.get("stream") or state.get("global"):
        return [state]
    streams = state.get("data") or state
    if not streams.keys() & manifest.streams().keys():
        raise ValueError("keys that are no streams of this source")
    return [{"type": "LEGACY", "data": {name: dict(one or {}) for name, one in streams.items()}}]


def _unreadable(what: str, path: str, why: str) -> AirbyteTracedException:
    return config_error(f"The {what} cannot be read from {path}: {why}.")


def _other(what: str, path: str, expected: str, found: list[Any]) -> AirbyteTracedException:
    kinds = sorted({_kind(document) for document in found}) or ["nothing"]
    return _unreadable(what, path, f"expected is {expected}; there is {' and '.join(kinds[:3])}")


def _kind(document: object) -> str:
    if isinstance(document, dict):
        kind = document.get("type")
        if isinstance(kind, str) and kind.isupper():
            return f"a {kind[:20]} message"
        keys = ", ".join(f'"{key[:20]}"' for key in list(document)[:3])
        return f"an object with {keys or 'nothing'}"
    if isinstance(document, list) and document:
        return f"a list that begins with {_kind(document[0])}"
    return {list: "a list", str: "a text", type(None): "null"}.get(type(document), "a number")
