"""Reads the schemas from `models/` and `streams/`, with references replaced by what they point to.

Each model has one file, although several schemas use it. Destinations do not follow references, so the
schemas that this module returns have none.
"""

from __future__ import annotations

import json
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any, Final

JsonSchema = dict[str, Any]

_HERE = Path(__file__).parent

STREAMS: Final = tuple(sorted(path.stem for path in (_HERE / "streams").glob("*.json")))
"""Names of the streams, one for each schema file."""


def resolved(stream: str) -> JsonSchema:
    """The documented schema of `stream` without references; the caller may change it."""
    return deepcopy(_resolved(_HERE / "streams" / f"{stream}.json"))


def model(name: str) -> JsonSchema:
    """The schema of one payload model, as it is used inside a stream's schema."""
    return deepcopy(_resolved(_HERE / "models" / f"{name}.json"))


@cache
def model_names() -> frozenset[str]:
    """The values of `type` the vendor documents."""
    return frozenset(path.stem for path in (_HERE / "models").glob("*.json"))


@cache
def _resolved(path: Path) -> JsonSchema:
    document: JsonSchema = json.loads(path.read_bytes())
    if path.parent.name == "models":
        document.pop("$schema")
        # Which model lies under a key is an assumption, so another one must fit there too.
        document["properties"]["type"].pop("enum")
    document["properties"] = {
        key: _follow(schema, path) for key, schema in document["properties"].items()
    }
    return document


def _follow(schema: JsonSchema, source: Path) -> JsonSchema:
    if "$ref" in schema:
        return _resolved((source.parent / schema["$ref"]).resolve())
    if "properties" in schema:
        inner = {key: _follow(field, source) for key, field in schema["properties"].items()}
        return schema | {"properties": inner}
    return schema
