"""What a description of an API says of one stream, and the way through its references."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from source_circle_events.probe.documents import NotAVendorFileError

Node = Mapping[str, Any]
_LONGEST_CHAIN: Final = 12
"""Of references that lead to references; each may be followed twice."""


@dataclass(frozen=True)
class Endpoint:
    """What a file says of one stream; None where it says nothing."""

    url: str
    authentication: str | None = None
    parameters: frozenset[str] | None = None
    per_page: str | None = None
    records_field: str | None = None
    cursor_field: str | None = None


def stream_of(*texts: object) -> str | None:
    """The stream that these names speak of."""
    words = " ".join(map(str, texts)).lower()
    if "tracker" in words or "pageview" in words:
        return "tracker_events"
    return "member_visits" if "visit" in words else "events" if "event" in words else None


def mapping(value: object) -> Node:
    """`value` if it is one, else an empty one."""
    return value if isinstance(value, dict) else {}


def at(value: object, *keys: str) -> Node:
    """The mapping under these keys, one in the other; empty if there is none."""
    for key in keys:
        value = mapping(value).get(key)
    return mapping(value)


def resolved(value: object, file: Node, depth: int = 0) -> Node:
    """`value` with its `$ref` followed; what stands beside a reference goes before it."""
    node = mapping(value)
    reference = node.get("$ref") or (
        value if isinstance(value, str) and value[:2] == "#/" else None
    )
    if not isinstance(reference, str) or not reference.startswith("#/"):
        return node
    if depth > _LONGEST_CHAIN:
        raise NotAVendorFileError("The file has references ($ref) that lead back to themselves.")
    target: Any = file
    for key in reference[2:].split("/"):
        name = key.replace("~1", "/").replace("~0", "~")
        target = resolved(target, file, depth + 1).get(name)
    beside = {key: one for key, one in node.items() if key != "$ref"}
    found = resolved(target, file, depth + 1)
    both = {**mapping(found.get("$parameters")), **mapping(beside.get("$parameters"))}
    return {**found, **beside} | ({"$parameters": both} if both else {})
