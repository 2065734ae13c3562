"""Where the endpoints lie: the config's paths, or the manifest's defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from source_circle_events import manifest


def endpoint_paths(config: Mapping[str, Any]) -> dict[str, str]:
    """Stream -> path below `base_url`."""
    paths = {}
    for stream in manifest.load()["streams"]:
        given = stream["$parameters"]
        chosen = config.get(given.get("path_key", f"{stream['name']}_path"))
        default = given.get("default_path", given["endpoint"])
        paths[stream["name"]] = str(chosen or default).strip().strip("/")
    return paths
