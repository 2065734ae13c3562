"""Loads manifest.yaml and swaps in the package's components.

The one place where package and manifest differ. Everything else (URL, parameters, cursor, streams,
spec) is read from the same file that runs in Airbyte Cloud.
"""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_PACKAGE = Path(__file__).resolve().parent
# libyaml is five times faster and, unlike the pure Python loader, not in every build of PyYAML.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_HASH_KEY = {
    "type": "string",
    "title": "Hash key",
    "description": (
        "A secret of your own, needed when personal data is hashed. The same key gives the same "
        "hash; a new one makes every person a stranger to the records already synced. With a short "
        "one, the hashes could be guessed back."
    ),
    "airbyte_secret": True,
    "minLength": 16,
    "pattern_descriptor": "a secret of at least 16 characters",
    "order": 12,
}


def path() -> Path:
    """In a checkout the file lies beside the package, in a wheel inside it.

    A checkout is told by its pyproject.toml: beside an installed package lies whatever others put
    into site-packages. It goes first, since an editable install would keep a stale copy; the working
    directory is never looked at.
    """
    checkout = _PACKAGE.parent
    project = checkout / "pyproject.toml"
    if project.is_file() and b'name = "source-circle-events"' in project.read_bytes():
        return checkout / "manifest.yaml"
    return _PACKAGE / "manifest.yaml"


@cache
def load() -> dict[str, Any]:
    """The manifest as it runs in Airbyte Cloud; not to be changed."""
    manifest: dict[str, Any] = yaml.load(path().read_bytes(), Loader=LOADER)  # noqa: S506  (a safe loader)
    return manifest


@cache
def loaded_with_components() -> dict[str, Any]:
    """The same with the package's components; not to be changed."""
    manifest = deepcopy(load())
    definitions = manifest["definitions"]
    definitions["retriever"] = {
        "type": "CustomRetriever",
        "class_name": "source_circle_events.reading.retriever.WindowRetriever",
        "requester": definitions["retriever"]["requester"],
    }
    # One slice from the state to now: the retriever finds the windows. The granularity stays zero, or
    # the CDK would take windows less than a millisecond apart for one, and what lies between for read.
    definitions["cursor"]["step"] = "P36500D"
    # The retriever's workers wait for the service, the CDK's only for them: one for each stream.
    manifest["concurrency_level"] = {"type": "ConcurrencyLevel", "default_concurrency": 6}
    # source_circle_events.http.rate_limit is the budget; the CDK's would apply a second one.
    del manifest["api_budget"]
    for stream in manifest["streams"]:
        stream["schema_loader"] = {
            "type": "InlineSchemaLoader",
            "schema": {"$ref": f"#/schemas/{stream['name']}"},
        }
    # Its workers mostly wait; those of the manifest alone take the processor from each other.
    properties = manifest["spec"]["connection_specification"]["properties"]
    properties["num_workers"]["default"] = 20
    # Only code can hash; the manifest alone offers `keep` and refuses the rest.
    properties["personal_data"]["enum"] = ["keep", "hash", "drop"]
    properties["hash_key"] = _HASH_KEY
    return manifest


def streams() -> dict[str, dict[str, str]]:
    """The streams, with the endpoint and the settings of each."""
    return {stream["name"]: stream["$parameters"] for stream in load()["streams"]}


def settings() -> dict[str, Any]:
    """The properties of the spec: setting -> its JSON schema, with the words that users read."""
    spec = loaded_with_components()["spec"]["connection_specification"]
    return dict(spec["properties"])
