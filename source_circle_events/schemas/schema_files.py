"""Reads the schemas from `models/` and `streams/`, and replaces each `$ref` by the schema it names.

Several schemas refer to the same model file, and destinations do not follow references.
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
"""The names of the streams; each has a schema file."""


def resolved(stream: str) -> JsonSchema:
    """Returns the documented schema of `stream` without references; the caller may change it."""
    return deepcopy(_resolved(_HERE / "streams" / f"{stream}.json"))


def models() -> dict[str, JsonSchema]:
    """Returns the schemas of the payload models, by the `type` that Circle documents for them."""
    files = sorted((_HERE / "models").glob("*.json"))
    return {file.stem: deepcopy(_resolved(file)) for file in files}


@cache
def _resolved(path: Path) -> JsonSchema:
    document: JsonSchema = json.loads(path.read_bytes())
    if path.parent.name == "models":
        document.pop("$schema")
        # Which model a key has is an assumption, so an object of another model must be valid too.
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
