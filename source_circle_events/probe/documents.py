"""A YAML or JSON file by somebody else, read so that no file can hurt.

A few lines of YAML can stand for gigabytes (an alias of aliases), and a list in a list in a list ends
some parsers without a word. Both are seen in the file's events, before anything is built from it.
"""

from __future__ import annotations

import json
from typing import Any, Final

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DEEPEST: Final = 80
_LARGEST: Final = 20_000_000
_MOST: Final = 1_000_000
"""Values, each counted as often as it is referred to."""


class NotAVendorFileError(Exception):
    """The file tells nothing; the text is a sentence for whoever downloaded it."""


def document(content: bytes) -> dict[str, Any]:
    """The mapping in a file."""
    if len(content) > _LARGEST:
        raise NotAVendorFileError("The file is larger than 20 MB: it is no description of an API.")
    try:
        loaded = _json(content)
        if loaded is None:
            _check(content)
            loaded = yaml.load(content, Loader=_LOADER)  # noqa: S506  (a safe loader)
    except (yaml.YAMLError, ValueError, RecursionError, TypeError):
        raise NotAVendorFileError(
            "The file holds neither YAML nor JSON that can be read."
        ) from None
    if not isinstance(loaded, dict):
        raise NotAVendorFileError("The file is neither an Airbyte manifest nor an OpenAPI 3 file.")
    return loaded


def _json(content: bytes) -> Any:
    if not content.lstrip().startswith((b"{", b"[")):
        return None
    try:
        return json.loads(content)
    except ValueError:
        return None  # YAML may begin like this too


def _check(content: bytes) -> None:
    """Sizes and depths of all that has a name; an alias weighs what it stands for."""
    named: dict[str, tuple[int, int]] = {}
    open_: list[list[Any]] = [[None, 0, 0]]  # name, values, depth of what is inside
    for event in yaml.parse(content, Loader=_LOADER):
        size, depth = 0, 0
        if isinstance(event, yaml.CollectionStartEvent):
            open_.append([event.anchor, 1, 0])
        elif isinstance(event, yaml.ScalarEvent):
            size = 1
            if event.anchor:
                named[event.anchor] = (1, 0)
        elif isinstance(event, yaml.AliasEvent):
            if event.anchor not in named:
                raise NotAVendorFileError("The file refers to itself without end.")
            size, depth = named[event.anchor]
        elif isinstance(event, yaml.CollectionEndEvent):
            name, size, depth = open_.pop()
            depth += 1
            if name:
                named[name] = (size, depth)
        open_[-1][1] += size
        open_[-1][2] = max(open_[-1][2], depth)
        if len(open_) + depth > _DEEPEST or open_[-1][1] > _MOST:
            raise NotAVendorFileError("The file is nested too deep, or repeats itself too often.")
