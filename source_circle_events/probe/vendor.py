"""Settings from the vendor's own file: its Airbyte manifest, or its OpenAPI 3 description.

Our own manifest is read by the same rules, so that what contradicts it is a comparison, and what the
connector assumes stands in one place only.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from posixpath import commonpath, dirname
from urllib.parse import urlsplit

from source_circle_events import manifest
from source_circle_events.errors import config_error
from source_circle_events.http.responses import origin
from source_circle_events.probe.foreign import document
from source_circle_events.probe.formats import Endpoint, Node, declarative, openapi


def settings_of(content: bytes) -> str:
    """What follows from the file, for people; a config_error if it is none."""
    theirs, ours = _endpoints(document(content)), declarative(manifest.load())
    if not theirs:
        raise config_error(
            "The file has none of Circle's three endpoints (events, member visits, tracker events)."
        )
    found = _settings({stream: one.url for stream, one in theirs.items()})
    shown = {key: value for key, value in found.items() if "<" not in value}
    lines = []
    if "<" in found["base_url"]:
        lines.append(f'base_url is {found["base_url"]}: what stands in "<>" is not in the file')
    for stream, assumed in ours.items():
        if not (said := theirs.get(stream)):
            lines.append(f"{stream}: the file has no such endpoint")
            continue
        if f"{stream}_path" not in found:
            lines.append(f"{stream}: at {said.url}, another host")
        lines += [f"{stream}: {difference}" for difference in _differences(said, assumed)]
    nothing = "Nothing in the file contradicts what the connector assumes."
    return "\n".join([json.dumps(shown, indent=2), *(lines or [nothing])])


def _endpoints(file: Node) -> dict[str, Endpoint]:
    try:
        if isinstance(file.get("streams"), list):
            return declarative(file)
        if str(file.get("openapi")).startswith("3"):
            return openapi(file)
    except (AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError):
        pass  # something in it is not what these formats have there
    raise config_error("The file is neither an Airbyte manifest nor an OpenAPI 3 file.")


def _settings(urls: Mapping[str, str]) -> dict[str, str]:
    """base_url and paths that make these addresses; a stream on another host has none."""
    host = origin(urls.get("events") or next(iter(urls.values())))
    paths = {stream: urlsplit(url).path for stream, url in urls.items() if origin(url) == host}
    base = commonpath(map(dirname, paths.values())).rstrip("/")
    return {"base_url": host + base} | {
        f"{stream}_path": path.removeprefix(base).strip("/") for stream, path in paths.items()
    }


def _differences(theirs: Endpoint, ours: Endpoint) -> Iterator[str]:
    for what, said in theirs.says.items():
        if said is not None and said != ours.says[what]:
            yield f"{what} is {said}, where the connector assumes {ours.says[what]}"
    sent = manifest.load()["definitions"]["requester"]["request_parameters"].keys()
    if theirs.parameters and (missing := sorted(sent - theirs.parameters)):
        others = ", ".join(sorted(theirs.parameters - sent)) or "no others"
        yield f"parameters that we send are not in it: {', '.join(missing)} ({others})"
