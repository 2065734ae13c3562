"""Config, catalog and state of a command from their files; takes what can be meant.

People hand on what a command printed: discover's output as a catalog, that of a read as a state. What
cannot be meant is told in a sentence; the CDK's own words would be a traceback.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airbyte_cdk.models import (
    AirbyteStateMessage,
    AirbyteStateMessageSerializer,
    ConfiguredAirbyteCatalog,
    ConfiguredAirbyteCatalogSerializer,
)

from source_circle_events import manifest
from source_circle_events.errors import config_error
from source_circle_events.inputs.documents import documents, refused

_OTHERS = ("manifest", "components")
_INJECTED = ("__injected_declarative_manifest", "__injected_components_py")
_MODES = {"sync_mode": "incremental", "destination_sync_mode": "append_dedup"}
_STREAM = {"json_schema": {}, "supported_sync_modes": ["full_refresh", "incremental"]}


def config(path: str) -> dict[str, Any]:
    """A JSON object of settings."""
    found = documents("config", path)
    if len(found) == 1 and isinstance(found[0], dict) and "type" not in found[0]:
        return found[0]
    raise refused("config", path, 'one JSON object of settings, like {"api_token": "..."}', found)


def catalog(path: str) -> ConfiguredAirbyteCatalog:
    """A configured catalog; of what discover printed, every stream, incremental and deduplicated."""
    found = documents("catalog", path)
    objects = [document for document in found if isinstance(document, dict)]
    for document in objects:
        inner = document.get("catalog", document)
        if isinstance(inner, dict) and isinstance(streams := inner.get("streams"), list):
            return _catalog(path, streams)
    raise refused("catalog", path, "a configured catalog, or what discover printed", found)


def state(path: str | None) -> list[AirbyteStateMessage]:
    """STATE messages, as a list or as a read prints them, of which the last one of a stream counts;
    `{stream: state}`; none of an empty file, `null`, `{}` or `[]`."""
    if not path:
        return []
    found = documents("state", path)
    if found in ([], [None], [{}], [[]]):
        return []
    given = found[0] if len(found) == 1 and isinstance(found[0], list) else found
    try:
        last = {_owner(state): state for document in given for state in _states(document)}
        states = [AirbyteStateMessageSerializer.load(state) for state in last.values()]
    except Exception:  # noqa: BLE001  (the serializer raises of every kind)
        states = []
    if not states:
        raise refused(
            "state", path, "STATE messages as a read prints them, or a list of them", found
        )
    return states


def refuse_other_manifests(options: Any, config: Mapping[str, Any]) -> None:
    """The CDK's parser and its source know them, for its own runtime."""
    asked = [f"--{name}-path" for name in _OTHERS if getattr(options, f"{name}_path")]
    asked += [key for key in _INJECTED if key in config]
    if asked:
        raise config_error(
            f"{asked[0]} is not for this command, which runs its own manifest. To run another one, "
            'use "source-declarative-manifest".'
        )


def _catalog(path: str, streams: list[Any]) -> ConfiguredAirbyteCatalog:
    if not streams:
        known = ", ".join(stream["name"] for stream in manifest.load()["streams"])
        raise config_error(f"The catalog in {path} selects no stream; there are {known}.")
    loaded = []
    for number, stream in enumerate(streams, 1):
        try:
            loaded += ConfiguredAirbyteCatalogSerializer.load(
                {"streams": [_configured(stream)]}
            ).streams
        except Exception:  # noqa: BLE001
            raise config_error(
                f"The catalog cannot be read from {path}: its stream number {number} must be like "
                '{"stream": {"name": "events"}, "sync_mode": "incremental", '
                '"destination_sync_mode": "append_dedup"}.'
            ) from None
    return ConfiguredAirbyteCatalog(loaded)


def _configured(given: dict[str, Any]) -> dict[str, Any]:
    if "config" in given:
        raise ValueError("of Airbyte's API, with other names")
    stream: dict[str, Any] = given.get("stream", given)
    key, cursor = stream.get("source_defined_primary_key"), stream.get("default_cursor_field")
    chosen = {"primary_key": key or [], "cursor_field": cursor or [], **_MODES}
    return chosen | (given if "stream" in given else {}) | {"stream": _STREAM | stream}


def _states(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What can be loaded; none of another message of the protocol."""
    kind = document.get("type")
    if kind == "STATE":
        return _states(document["state"])
    if document.get("stream") or document.get("global"):
        return [document]
    if isinstance(kind, str) and kind != "LEGACY":
        return []
    streams = document.get("data") or document
    if not streams.keys() & {stream["name"] for stream in manifest.load()["streams"]}:
        raise ValueError("keys that are no streams of this source")
    return [
        {"type": "STREAM", "stream": {"stream_descriptor": {"name": name}, "stream_state": state}}
        for name, state in streams.items()
    ]


def _owner(state: Mapping[str, Any]) -> str | None:
    """The stream, or None of a GLOBAL state."""
    stream = state.get("stream")
    return stream["stream_descriptor"]["name"] if stream else None
