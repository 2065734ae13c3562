"""Settings from the vendor's own file: its Airbyte manifest, or its OpenAPI 3 description.

Our own manifest is read by the same rules, so that what contradicts it is a comparison, and what the
connector assumes stands in one place only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields

from source_circle_events import manifest
from source_circle_events.probe.declarative import declarative
from source_circle_events.probe.documents import NotAVendorFileError, document
from source_circle_events.probe.endpoints import Endpoint, Node
from source_circle_events.probe.openapi import openapi


def settings_of(content: bytes) -> str:
    """What follows from the file, for people; NotAVendorFileError if it is none."""
    theirs, ours = endpoints(document(content)), endpoints(manifest.load())
    if not theirs:
        raise NotAVendorFileError(
            "The file has none of Circle's three endpoints (events, member visits, tracker events)."
        )
    found = settings({stream: one.url for stream, one in theirs.items()})
    base = found["base_url"]
    shown = {key: value for key, value in found.items() if "<" not in value}
    lines = [json.dumps(shown, indent=2)]
    if "<" in base:
        lines.append(f'base_url is {base}: what stands in "<>" is not in the file')
    elsewhere = [stream for stream in theirs if f"{stream}_path" not in found]
    lines += [f"{stream}: at {theirs[stream].url}, another host" for stream in elsewhere]
    lines += [f"{stream}: the file has no such endpoint" for stream in ours.keys() - theirs.keys()]
    for stream, one in theirs.items():
        lines += [f"{stream}: {difference}" for difference in _differences(one, ours[stream])]
    if len(lines) == 1:
        lines.append("Nothing in the file contradicts what the connector assumes.")
    return "\n".join(lines)


def endpoints(file: Node) -> dict[str, Endpoint]:
    """Stream -> what the file says of it."""
    try:
        if isinstance(file.get("streams"), list):
            return declarative(file)
        if isinstance(file.get("paths"), dict) and str(file.get("openapi", "")).startswith("3"):
            return openapi(file)
    except (AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError):
        pass  # something in it is not what these formats have there
    raise NotAVendorFileError("The file is neither an Airbyte manifest nor an OpenAPI 3 file.")


def settings(urls: Mapping[str, str]) -> dict[str, str]:
    """base_url and paths that make these addresses; a stream on another host has none."""
    parts = {stream: url.split("/") for stream, url in urls.items()}
    first = parts.get("events") or next(iter(parts.values()))
    parts = {stream: one for stream, one in parts.items() if one[:3] == first[:3]}
    base = first[:-1]
    while any(one[: len(base)] != base or one == base for one in parts.values()):
        base = base[:-1]
    paths = {f"{stream}_path": "/".join(one[len(base) :]) for stream, one in parts.items()}
    return {"base_url": "/".join(base)} | paths


def _differences(theirs: Endpoint, ours: Endpoint) -> list[str]:
    found = []
    for name in (field.name for field in fields(Endpoint) if field.name != "url"):
        said, assumed = getattr(theirs, name), getattr(ours, name)
        label = name.replace("_", " ")
        if name == "parameters" and said is not None:
            if missing := sorted((assumed or frozenset()) - said):
                also = ", ".join(sorted(said - (assumed or frozenset()))) or "no others"
                found.append(
                    f"parameters that we send are not in it: {', '.join(missing)} ({also})"
                )
        elif said is not None and said != assumed:
            found.append(f"{label} is {said}, where the connector assumes {assumed}")
    return found
