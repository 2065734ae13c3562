"""Settings from the vendor's own file: its Airbyte manifest, or its OpenAPI 3 description.

Our own manifest is read by the same rules, so that what contradicts it is a comparison, and what the
connector assumes stands in one place only.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import partial
from posixpath import commonpath, dirname
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from yaml import YAMLError

from source_circle_events import manifest
from source_circle_events.errors import config_error
from source_circle_events.http.responses import origin
from source_circle_events.probe.foreign import Node, document, mapping, rendered
from source_circle_events.probe.questions import DOCUMENTED_MAXIMUM


class _Endpoint(NamedTuple):
    """What a file says of one stream; None where it says nothing."""

    url: str
    says: Mapping[str, str | None]
    parameters: frozenset[str] = frozenset()
    """All there are; a manifest has only those that it sends."""


def settings_of(content: bytes) -> str:
    """What follows from the file, for people; a config_error if it is none."""
    theirs, ours = _endpoints(content), _of_manifest(manifest.load())
    if not theirs:
        raise config_error(
            "The file has none of Circle's three endpoints (events, member visits, tracker events)."
        )
    host = origin(theirs.get("events", next(iter(theirs.values()))).url)
    urls = {stream: urlsplit(one.url) for stream, one in theirs.items()}
    here = {stream: url for stream, url in urls.items() if origin(url.geturl()) == host}
    paths = {stream: url.path or "/" for stream, url in here.items()}
    base = commonpath(map(dirname, paths.values())).rstrip("/")
    settings = {"base_url": host + base}
    for stream, path in paths.items():
        settings[f"{stream}_path"] = path.removeprefix(base).strip("/")
    shown = {key: value for key, value in settings.items() if value and "<" not in value}
    lines = [json.dumps(shown, indent=2)]
    if "base_url" not in shown:
        lines.append(f'base_url is {host + base}: what stands in "<>" is not in the file')
    for stream, assumed in ours.items():
        told = ["the file has no such endpoint"]
        if said := theirs.get(stream):
            told = [*_differences(said, assumed)]
            if stream not in paths:
                told.append(f"at {said.url}, another host")
        lines += [f"{stream}: {difference}" for difference in told]
    if len(lines) == 1:
        lines.append("Nothing in the file contradicts what the connector assumes.")
    return "\n".join(lines)


def _differences(theirs: _Endpoint, ours: _Endpoint) -> Iterator[str]:
    assumed = {**ours.says, "per page": str(DOCUMENTED_MAXIMUM)}
    for what, said in theirs.says.items():
        if said is not None and said != assumed[what]:
            yield f"{what} is {said}, where the connector assumes {assumed[what]}"
    sent = manifest.load()["definitions"]["requester"]["request_parameters"].keys()
    if theirs.parameters and (missing := sorted(sent - theirs.parameters)):
        others = ", ".join(sorted(theirs.parameters - sent)) or "no others"
        yield f"parameters that we send are not in it: {', '.join(missing)} ({others})"


def _endpoints(content: bytes) -> dict[str, _Endpoint]:
    """Stream -> what the file says of it."""
    try:
        file = document(content)
        if isinstance(file.get("streams"), list):
            return _of_manifest(file)
        if str(file.get("openapi")).startswith("3"):
            return _of_openapi(file)
    except (YAMLError, AttributeError, LookupError, RecursionError, TypeError, ValueError):
        pass  # something in it is not what these formats have there
    raise config_error(
        "The file is neither an Airbyte manifest nor an OpenAPI 3 file, in YAML or JSON."
    )


def _of_manifest(file: Node) -> dict[str, _Endpoint]:
    """By the rules of the CDK: of parameters, an inner component's own go first."""
    at = partial(mapping, file)
    spec = at(file, "spec", "connection_specification", "properties")
    config = {key: one["default"] for key, one in spec.items() if at(one).get("default")}
    found: dict[str, _Endpoint] = {}
    for stream in map(at, file["streams"]):
        retriever, requester = at(stream, "retriever"), at(stream, "retriever", "requester")
        given: dict[str, Any] = {}
        for part in (stream, retriever, requester):
            given |= at(part, "$parameters")
        fields = {**given, **requester}
        text = partial(rendered, config=config, parameters=given)
        base, path = text(fields.get("url_base") or fields.get("url")), text(fields.get("path"))
        url = "/".join(part.strip("/") for part in (base, path) if part)
        known = _stream_of(stream.get("name") or given.get("name"), path or url.rpartition("/")[2])
        if not url or not known:
            continue
        urlsplit(url)  # raises where it is none
        records = at(retriever, "record_selector", "extractor").get("field_path") or []
        says = {
            "authentication": _authentication(at(requester, "authenticator")),
            "records field": ".".join(map(str, records)) or None,
            "cursor field": at(stream, "incremental_sync").get("cursor_field"),
        }
        found.setdefault(known, _Endpoint(url, says))
    return found


def _authentication(login: Node) -> str | None:
    """Of a manifest's authenticator."""
    header = login.get("header") or (login.get("inject_into") or {}).get("field_name")
    word = str(login.get("api_token")).partition(" ")[0]
    standard = str(header).lower() == "authorization"
    if login.get("type") == "BearerAuthenticator" or (standard and word.lower() == "bearer"):
        return "Bearer"
    other = f"the header {header}" if header else login.get("type")
    return f"{other}, with {word}" if standard else other


def _of_openapi(file: Node) -> dict[str, _Endpoint]:
    """Of several candidates the shortest path."""
    at = partial(mapping, file)
    found: dict[str, _Endpoint] = {}
    for path in sorted(file["paths"], key=len):
        item = at(file["paths"][path])
        get = at(item, "get")
        known = _stream_of(path.rpartition("/")[2], get.get("operationId"))
        if not known or "get" not in item or "{" in path:
            continue
        levels = (get, item, file)
        server: Node = next((one["servers"][0] for one in levels if one.get("servers")), {})
        base = str(server.get("url") or "").rstrip("/")
        for name, one in at(server, "variables").items():
            base = base.replace(f"{{{name}}}", str(at(one).get("default", f"<{name}>")))
        base = base if urlsplit(base).netloc else f"<base_url>{base}"
        given = [at(one) for level in (item, get) for one in level.get("parameters") or []]
        queries = {str(one["name"]): one for one in given if one.get("in") == "query"}
        maximum = at(queries, "per_page", "schema").get("maximum")
        body = at(get, "responses", "200", "content", "application/json", "schema")
        fields = {name: at(one) for name, one in at(body, "properties").items()}
        lists = [name for name, one in fields.items() if one.get("type") == "array"]
        records = "events" if "events" in lists else next(iter(lists), None)
        row = at(fields, str(records), "items", "properties")
        schemes = at(file, "components", "securitySchemes")
        asked = next((one["security"][0] for one in levels if one.get("security")), {}) or schemes
        login = at(schemes, next(iter(asked), ""))
        other = f"the {login.get('in')} {login['name']}" if "name" in login else login.get("scheme")
        says = {
            "authentication": "Bearer" if str(other).lower() == "bearer" else other,
            "per page": maximum and str(maximum),
            "records field": records,
            "cursor field": "created_at" if not row or "created_at" in row else "not created_at",
        }
        found.setdefault(known, _Endpoint(f"{base}/{path.strip('/')}", says, frozenset(queries)))
    return found


def _stream_of(*texts: object) -> str | None:
    """The stream that these names speak of."""
    words = " ".join(map(str, texts)).lower()
    if "tracker" in words or "pageview" in words:
        return "tracker_events"
    return "member_visits" if "visit" in words else "events" if "event" in words else None
