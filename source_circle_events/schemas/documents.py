"""Reads the documented schemas from `models/` and `streams/`, with their references filled in.

A model is written once, because it turns up in many places: were it copied, a field the vendor
adds would reach some of them. Destinations do not follow references, so what leaves this module
has none.
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
"""Names of the streams: a schema file is what makes one known to all code but the manifest."""


def resolved(stream: str) -> JsonSchema:
    """The documented schema of `stream` in one piece; the caller owns it and may change it."""
    return deepcopy(_resolved(_HERE / "streams" / f"{stream}.json"))


def model(name: str) -> JsonSchema:
    """The schema of one payload model, as it stands inside a stream's schema."""
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
        # The constant says what the model is called. Which model stands where is an assumption,
        # so a place must take another one too: `type` is any text there.
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
