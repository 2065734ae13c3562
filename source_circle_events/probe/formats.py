"""Endpoints of an Airbyte manifest or an OpenAPI 3 file, each by its own rules of inheritance."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from source_circle_events.errors import config_error
from source_circle_events.probe.foreign import Config, rendered

Node = Mapping[str, Any]
_LONGEST_CHAIN: Final = 12
"""Of references that lead to references."""


class Endpoint(NamedTuple):
    """What a file says of one stream; None where it says nothing."""

    url: str
    says: Mapping[str, str | None]
    parameters: frozenset[str] = frozenset()
    """All there are; a manifest has only those that it sends."""


def declarative(file: Node) -> dict[str, Endpoint]:
    """Stream -> what a manifest says of it."""
    at = partial(_at, file)
    spec = at(file, "spec", "connection_specification", "properties")
    config = Config({key: one["default"] for key, one in spec.items() if at(one).get("default")})
    found: dict[str, Endpoint] = {}
    for entry in file["streams"]:
        stream, retriever = at(entry), at(entry, "retriever")
        requester = at(retriever, "requester")
        given: dict[str, Any] = {}
        for part in (requester, retriever, stream):
            given |= at(part, "$parameters")
        url, base, path = (
            rendered(requester.get(key) or given.get(key), config=config, parameters=given)
            for key in ("url", "url_base", "path")
        )
        url = url or "/".join(part.strip("/") for part in (base, path) if part)
        name = stream.get("name") or given.get("name")
        known = _stream_of(name, path or url.rpartition("/")[2])
        if not url or not known or known in found:
            continue
        strategy = at(retriever, "paginator", "pagination_strategy")
        size = at(requester, "request_parameters").get("per_page") or strategy.get("page_size")
        size = rendered(str(size))
        records = at(retriever, "record_selector", "extractor").get("field_path") or []
        says = {
            "authentication": _authentication(at(requester, "authenticator")),
            "per page": size if size.isdigit() else None,
            "records field": ".".join(map(str, records)) or None,
            "cursor field": at(stream, "incremental_sync").get("cursor_field"),
        }
        found[known] = Endpoint(url, says)
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


def openapi(file: Node) -> dict[str, Endpoint]:
    """Stream -> what an OpenAPI file says of it; of several candidates the shortest path."""
    at = partial(_at, file)
    found: dict[str, Endpoint] = {}
    for path in sorted(file["paths"], key=len):
        item = at(file["paths"][path])
        get = at(item, "get")
        known = _stream_of(path.rpartition("/")[2], get.get("operationId"))
        if not known or known in found or "get" not in item or "{" in path:
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
        found[known] = Endpoint(f"{base}/{path.strip('/')}", says, frozenset(queries))
    return found


def _stream_of(*texts: object) -> str | None:
    """The stream that these names speak of."""
    words = " ".join(map(str, texts)).lower()
    if "tracker" in words or "pageview" in words:
        return "tracker_events"
    return "member_visits" if "visit" in words else "events" if "event" in words else None


def _at(file: Node, value: object, *keys: str, depth: int = 0) -> Node:
    """The mapping under these keys of `value`, one in the other; empty if there is none.

    References are followed; what stands beside one goes before it.
    """
    node: Node = value if isinstance(value, dict) else {}
    reference = value if isinstance(value, str) else node.get("$ref")
    if isinstance(reference, str) and reference.startswith("#/"):
        if depth > _LONGEST_CHAIN:
            raise config_error("The file has references ($ref) that lead back to themselves.")
        path = [key.replace("~1", "/").replace("~0", "~") for key in reference[2:].split("/")]
        found = _at(file, file, *path, depth=depth + 1)
        parameters = {**found.get("$parameters", {}), **node.get("$parameters", {})}
        node = {**found, **node, "$parameters": parameters}
    return _at(file, node.get(keys[0]), *keys[1:], depth=depth) if keys else node
