"""Reads the files of a command: config, catalog, state; takes what can be meant.

People hand on what a command printed: discover's output as a catalog, the STATE lines of a read as a
state. What cannot be meant is told in a sentence; the CDK's own words would be a traceback.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from airbyte_cdk.models import (
    AirbyteStateMessage,
    AirbyteStateMessageSerializer,
    ConfiguredAirbyteCatalog,
    ConfiguredAirbyteCatalogSerializer,
)

from source_circle_events.errors import config_error


def config(path: str) -> dict[str, Any]:
    """A JSON object of settings."""
    found = _documents("config", path)
    if len(found) == 1 and isinstance(found[0], dict) and "type" not in found[0]:
        return found[0]
    raise _other("config", path, 'one JSON object of settings, such as {"api_token": "..."}', found)


def catalog(path: str) -> ConfiguredAirbyteCatalog:
    """A configured catalog; of what discover printed, every stream, incremental and deduplicated."""
    found = _documents("catalog", path)
    printed = [d["catalog"] for d in found if isinstance(d, dict) and d.get("type") == "CATALOG"]
    document = printed[-1] if printed else found[0] if len(found) == 1 else None
    try:
        listed = document if isinstance(document, list) else document["streams"]  # type: ignore[index]
        streams = [_configured(stream) for stream in listed]
        return ConfiguredAirbyteCatalogSerializer.load({"streams": streams})
    except Exception:  # noqa: BLE001  (the serializer raises of every kind)
        expected = "a configured catalog, or what discover printed"
        raise _other("catalog", path, expected, found) from None


def state(path: str | None) -> list[AirbyteStateMessage]:
    """STATE messages, as a list or as the lines of a read; `{stream: state}`; none of an empty file."""
    if not path:
        return []
    found = [one for one in _documents("state", path, empty=True) if one not in (None, {})]
    if len(found) == 1 and isinstance(found[0], list):
        found = found[0]
    try:
        states = [state for document in found for state in _states(document)]
        return [AirbyteStateMessageSerializer.load(state) for state in states]
    except Exception:  # noqa: BLE001
        expected = "STATE messages, one a line or as a list, as a read prints them"
        raise _other("state", path, expected, found) from None


def refuse_other_manifests(options: Any) -> None:
    """The CDK's parser lists them, for its own runtime."""
    for name in ("manifest_path", "components_path"):
        if getattr(options, name, None):
            raise config_error(
                f"--{name.replace('_', '-')} is not for this command, which runs its own manifest. "
                'To run another one, use "source-declarative-manifest".'
            )


def _documents(what: str, path: str, *, empty: bool = False) -> list[Any]:
    """The JSON of a file: one document, or one a line."""
    try:
        content = Path(path).read_bytes()
        text = content.decode(json.detect_encoding(content))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise config_error(f"The {what} cannot be read from {path}: {reason}.") from None
    except ValueError:
        raise config_error(f"The {what} cannot be read from {path}: it is no text.") from None
    if not text.strip():
        if empty:
            return []
        raise config_error(f"The {what} cannot be read from {path}: the file is empty.")
    try:
        return [json.loads(text)]
    except json.JSONDecodeError as error:
        line, column = error.lineno, error.colno
    # Not `splitlines`, which also splits at separators that records may contain.
    *lines, last = text.rstrip().split("\n")
    try:
        found = [json.loads(line) for line in lines if line.strip()]
        with suppress(ValueError):  # cut off, when a read was killed
            found.append(json.loads(last))
    except ValueError:
        found = []
    if found:
        return found
    raise config_error(
        f"The {what} cannot be read from {path}: it is no JSON (line {line}, column {column})."
    )


def _other(what: str, path: str, expected: str, found: list[Any]) -> Exception:
    kinds = sorted({_kind(document) for document in found}) or ["nothing"]
    return config_error(
        f"The {what} cannot be read from {path}: expected is {expected}; there is "
        f"{' and '.join(kinds[:3])}."
    )


def _kind(document: object) -> str:
    if isinstance(document, dict):
        kind = document.get("type")
        if isinstance(kind, str):
            return f"a {kind[:20]} message"
        return "an object with " + (
            ", ".join(f'"{k[:20]}"' for k in list(document)[:3]) or "nothing"
        )
    return {list: "a list", str: "a text", type(None): "null"}.get(type(document), "a number")


def _configured(stream: Mapping[str, Any]) -> Mapping[str, Any]:
    if "stream" in stream:
        return stream
    key, cursor = stream.get("source_defined_primary_key"), stream.get("default_cursor_field")
    modes = {"sync_mode": "incremental", "destination_sync_mode": "append_dedup"}
    return {"stream": stream, **modes, "primary_key": key or [], "cursor_field": cursor or []}


def _states(document: Any) -> list[Any]:
    kind = document.get("type")
    if kind == "STATE" and "state" in document:
        return [document["state"]]
    if kind in ("STREAM", "GLOBAL", "LEGACY") or {"stream", "global"} & document.keys():
        return [document]
    if isinstance(kind, str):  # another message of the protocol
        return []
    return [{"type": "LEGACY", "data": {name: dict(value) for name, value in document.items()}}]
