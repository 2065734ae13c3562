"""Settings from the vendor's own file: its Airbyte manifest, or its OpenAPI 3 description.

Our own manifest is read by the same rules, so that what contradicts it is a comparison, and what the
connector assumes stands in one place only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final
from urllib.parse import urlsplit

from source_circle_events import manifest
from source_circle_events.probe.documents import NotAVendorFileError, document
from source_circle_events.probe.templates import Config, rendered

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
            return _declarative(file)
        if isinstance(file.get("paths"), dict) and str(file.get("openapi", "")).startswith("3"):
            return _openapi(file)
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


def _stream_of(*texts: object) -> str | None:
    words = " ".join(map(str, texts)).lower()
    if "tracker" in words or "pageview" in words:
        return "tracker_events"
    return "member_visits" if "visit" in words else "events" if "event" in words else None


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


def _declarative(file: Node) -> dict[str, Endpoint]:
    spec = _at(file, "spec", "connection_specification", "properties")
    defaults = {key: one["default"] for key, one in spec.items() if _map(one).get("default")}
    found: dict[str, Endpoint] = {}
    for entry in file["streams"]:
        stream = _resolved(entry, file)
        given: Node = {**_map(stream.get("$options")), **_map(stream.get("$parameters"))}
        retriever, given = _part(stream, "retriever", file, given)
        requester, inner = _part(retriever, "requester", file, given)
        config = Config(defaults)
        base = rendered(requester.get("url_base") or inner.get("url_base"), config, inner)
        path = rendered(requester.get("path") or inner.get("path"), config, inner)
        url = rendered(requester.get("url") or inner.get("url"), config, inner)
        url = url or "/".join(part.strip("/") for part in (base, path) if part)
        name = str(stream.get("name") or given.get("name") or "")
        known = _stream_of(name, path or url.rpartition("/")[2])
        if url and known and known not in found:
            found[known] = _declared(file, url, stream, retriever, requester)
    return found


def _declared(file: Node, url: str, stream: Node, retriever: Node, requester: Node) -> Endpoint:
    cursor = _resolved(stream.get("incremental_sync"), file)
    paginator = _resolved(retriever.get("paginator"), file)
    strategy = _resolved(paginator.get("pagination_strategy"), file)
    options = [
        _resolved(paginator.get("page_size_option"), file),
        *(_resolved(cursor.get(key), file) for key in ("start_time_option", "end_time_option")),
    ]
    sent = _map(requester.get("request_parameters"))
    names = {*sent, *(str(one["field_name"]) for one in options if one.get("field_name"))}
    size = rendered(str(sent.get("per_page", strategy.get("page_size") or "")), {}, {})
    selector = _resolved(retriever.get("record_selector"), file)
    records = _resolved(selector.get("extractor"), file).get("field_path")
    return Endpoint(
        url=url,
        authentication=_authentication(_resolved(requester.get("authenticator"), file)),
        parameters=frozenset(names) if _is_ours(file) else None,
        per_page=size if size.isdigit() else None,
        records_field=".".join(map(str, records)) if isinstance(records, list) else None,
        cursor_field=cursor.get("cursor_field") and str(cursor["cursor_field"]),
    )


def _is_ours(file: Node) -> bool:
    """A manifest sends some of the parameters there are: only ours is what we send."""
    return file == manifest.load()


def _authentication(one: Node) -> str | None:
    kind = one.get("type") and str(one["type"])
    header = one.get("header") or _map(one.get("inject_into")).get("field_name")
    if kind == "ApiKeyAuthenticator" and str(header).lower() == "authorization":
        word = str(one.get("api_token", "")).partition(" ")[0]
        return "Bearer" if word.lower() == "bearer" else f"the header Authorization, with {word}"
    if kind == "ApiKeyAuthenticator":
        return f"the header {header}"
    return "Bearer" if kind == "BearerAuthenticator" else kind


def _openapi(file: Node) -> dict[str, Endpoint]:
    found: dict[str, tuple[int, Endpoint]] = {}
    for path, entry in file["paths"].items():
        item = _resolved(entry, file)
        get = _resolved(item.get("get"), file)
        words = (path.rpartition("/")[2], get.get("operationId", ""))
        known = _stream_of(*words) if "get" in item and "{" not in path else None
        if known and (known not in found or len(path) < found[known][0]):
            servers = get.get("servers") or item.get("servers") or file.get("servers") or [{}]
            url = _server(_map(servers[0])).rstrip("/") + "/" + path.strip("/")
            found[known] = (len(path), _described(file, url, item, get))
    return {stream: one for stream, (_, one) in found.items()}


def _server(server: Node) -> str:
    url = str(server.get("url") or "")
    for name, one in _map(server.get("variables")).items():
        url = url.replace(f"{{{name}}}", str(_map(one).get("default", f"<{name}>")))
    return url if urlsplit(url).netloc else f"<base_url>{url}"


def _described(file: Node, url: str, item: Node, get: Node) -> Endpoint:
    given = [*(item.get("parameters") or []), *(get.get("parameters") or [])]
    parameters = [
        one for one in (_resolved(one, file) for one in given) if one.get("in") == "query"
    ]
    size = next((one for one in parameters if one.get("name") == "per_page"), {})
    answer = _resolved(_at(get, "responses").get("200"), file)
    body = _resolved(_at(answer, "content", "application/json").get("schema"), file)
    lists = {
        name: _resolved(one, file)
        for name, one in _at(body, "properties").items()
        if _resolved(one, file).get("type") == "array"
    }
    row = _at(_resolved(next(iter(lists.values()), {}).get("items"), file), "properties")
    scheme: Node = next(iter(get.get("security") or file.get("security") or [{}]), {})
    schemes = _at(file, "components", "securitySchemes")
    chosen = _resolved(schemes.get(next(iter(scheme), next(iter(schemes), ""))), file)
    bearer = str(chosen.get("scheme", "")).lower() == "bearer"
    other = f"the {chosen.get('in')} {chosen.get('name')}" if chosen.get("name") else None
    maximum = _resolved(size.get("schema"), file).get("maximum")
    return Endpoint(
        url=url,
        authentication="Bearer" if bearer else other or chosen.get("scheme"),
        parameters=frozenset(str(one["name"]) for one in parameters) if parameters else None,
        per_page=str(maximum) if maximum else None,
        records_field=("events" if "events" in lists else next(iter(lists), None)),
        cursor_field="created_at" if not row or "created_at" in row else "not created_at",
    )


def _map(value: object) -> Node:
    return value if isinstance(value, dict) else {}


def _at(value: object, *keys: str) -> Node:
    for key in keys:
        value = _map(value).get(key)
    return _map(value)


def _part(parent: Node, key: str, file: Node, given: Node) -> tuple[Node, Node]:
    """A component within another, and the parameters that reach it."""
    part = _resolved(parent.get(key), file)
    return part, {**_map(part.get("$options")), **_map(part.get("$parameters")), **given}


def _resolved(value: object, file: Node, depth: int = 0) -> Node:
    """`value` with its `$ref` followed; what stands beside a reference goes before it."""
    node = _map(value)
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
        target = _resolved(target, file, depth + 1).get(name)
    beside = {key: one for key, one in node.items() if key != "$ref"}
    found = _resolved(target, file, depth + 1)
    both = {**_map(found.get("$parameters")), **_map(beside.get("$parameters"))}
    return {**found, **beside} | ({"$parameters": both} if both else {})
