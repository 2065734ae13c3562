"""Loads manifest.yaml, and changes the parts that the package does differently.

This is the only place where package and manifest differ. Everything else (URL, parameters, cursor,
streams, spec) comes from the same file that runs in Airbyte Cloud.
"""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_PACKAGE = Path(__file__).resolve().parent
# The loader that uses libyaml is five times faster, but not every build of PyYAML has it.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_HASH_KEY = {
    "type": "string",
    "title": "Hash key",
    "description": (
        "Required to hash personal data. Keep it: a new key gives new hashes, which do not match those "
        "already synced."
    ),
    "airbyte_secret": True,
    "minLength": 16,
    "pattern_descriptor": "a secret of at least 16 characters",
    "order": 12,
}


def path() -> Path:
    """Returns the path of manifest.yaml: inside the package in a wheel, beside it in a checkout."""
    installed = _PACKAGE / "manifest.yaml"
    return installed if installed.is_file() else _PACKAGE.parent / "manifest.yaml"


@cache
def load() -> dict[str, Any]:
    """Returns the manifest as it runs in Airbyte Cloud; do not change the result."""
    manifest: dict[str, Any] = yaml.load(path().read_bytes(), Loader=LOADER)  # noqa: S506  (a safe loader)
    return manifest


@cache
def load_for_package() -> dict[str, Any]:
    """Returns the manifest with the changes for the package; do not change the result."""
    manifest = deepcopy(load())
    # The package has its own rate limit (`http/rate_limit.py`) and its own threads.
    del manifest["api_budget"], manifest["concurrency_level"]
    for stream in manifest["streams"]:
        stream["schema_loader"] = {
            "type": "InlineSchemaLoader",
            "schema": {"$ref": f"#/schemas/{stream['name']}"},
        }
    # The package's workers mostly wait for Circle; those of the manifest alone compete for the CPU.
    properties = manifest["spec"]["connection_specification"]["properties"]
    properties["num_workers"]["default"] = 20
    # Hashing and dropping need Python code, so the manifest alone only offers `keep`.
    properties["personal_data"]["enum"] = ["keep", "hash", "drop"]
    properties["hash_key"] = _HASH_KEY
    return manifest


def streams() -> dict[str, dict[str, str]]:
    """Returns the parameters of each stream: its endpoint and the names of its settings."""
    return {stream["name"]: stream["$parameters"] for stream in load()["streams"]}


def settings() -> dict[str, Any]:
    """Returns the JSON schema of each setting."""
    spec = load_for_package()["spec"]["connection_specification"]
    return dict(spec["properties"])
