"""The streams, their endpoints and settings, as `manifest.yaml` has them; their catalog and states."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
_CATALOG = ROOT / "examples" / "catalog.json"


def loaded(manifest: Path) -> dict[str, Any]:
    """A manifest as an object. By libyaml where it is there: the file is long."""
    content: dict[str, Any] = yaml.load(
        manifest.read_bytes(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    )
    return content


MANIFEST = loaded(ROOT / "manifest.yaml")
_PARAMETERS: Mapping[str, Mapping[str, str]] = {
    stream["name"]: stream["$parameters"] for stream in MANIFEST["streams"]
}
STREAMS = tuple(_PARAMETERS)
ENDPOINTS = {name: parameters["endpoint"] for name, parameters in _PARAMETERS.items()}
"""stream -> the endpoint's last part, by which the sandbox knows it."""
NAMES_KEYS = {name: p["names_key"] for name, p in _PARAMETERS.items() if "names_key" in p}
"""stream -> the setting that chooses the names of its rows; only streams that have one."""


def configured(*streams: str, mode: str = "incremental") -> dict[str, Any]:
    """The examples' configured catalog, with these streams (all by default)."""
    catalog = json.loads(_CATALOG.read_bytes())
    chosen = [one for one in catalog["streams"] if one["stream"]["name"] in (streams or STREAMS)]
    return {"streams": [{**one, "sync_mode": mode} for one in chosen]}


def states(state: object, *streams: str) -> list[dict[str, Any]]:
    """What a platform hands in when each of these streams (all by default) has this state."""
    return [
        {"type": "STREAM", "stream": {"stream_descriptor": {"name": name}, "stream_state": state}}
        for name in streams or STREAMS
    ]
