"""Endpoints of an OpenAPI 3 file."""

from __future__ import annotations

from urllib.parse import urlsplit

from source_circle_events.probe.endpoints import Endpoint, Node, at, mapping, resolved, stream_of


def openapi(file: Node) -> dict[str, Endpoint]:
    """Stream -> what the file says of it; of several candidates the shortest path."""
    found: dict[str, tuple[int, Endpoint]] = {}
    for path, entry in file["paths"].items():
        item = resolved(entry, file)
        get = resolved(item.get("get"), file)
        words = (path.rpartition("/")[2], get.get("operationId", ""))
        known = stream_of(*words) if "get" in item and "{" not in path else None
        if known and (known not in found or len(path) < found[known][0]):
            servers = get.get("servers") or item.get("servers") or file.get("servers") or [{}]
            url = _server(mapping(servers[0])).rstrip("/") + "/" + path.strip("/")
            found[known] = (len(path), _described(file, url, item, get))
    return {stream: one for stream, (_, one) in found.items()}


def _server(server: Node) -> str:
    url = str(server.get("url") or "")
    for name, one in mapping(server.get("variables")).items():
        url = url.replace(f"{{{name}}}", str(mapping(one).get("default", f"<{name}>")))
    return url if urlsplit(url).netloc else f"<base_url>{url}"


def _described(file: Node, url: str, item: Node, get: Node) -> Endpoint:
    given = [*(item.get("parameters") or []), *(get.get("parameters") or [])]
    parameters = [one for one in (resolved(one, file) for one in given) if one.get("in") == "query"]
    size = next((one for one in parameters if one.get("name") == "per_page"), {})
    answer = resolved(at(get, "responses").get("200"), file)
    body = resolved(at(answer, "content", "application/json").get("schema"), file)
    lists = {
        name: resolved(one, file)
        for name, one in at(body, "properties").items()
        if resolved(one, file).get("type") == "array"
    }
    row = at(resolved(next(iter(lists.values()), {}).get("items"), file), "properties")
    scheme: Node = next(iter(get.get("security") or file.get("security") or [{}]), {})
    schemes = at(file, "components", "securitySchemes")
    chosen = resolved(schemes.get(next(iter(scheme), next(iter(schemes), ""))), file)
    bearer = str(chosen.get("scheme", "")).lower() == "bearer"
    other = f"the {chosen.get('in')} {chosen.get('name')}" if chosen.get("name") else None
    maximum = resolved(size.get("schema"), file).get("maximum")
    return Endpoint(
        url=url,
        authentication="Bearer" if bearer else other or chosen.get("scheme"),
        parameters=frozenset(str(one["name"]) for one in parameters) if parameters else None,
        per_page=str(maximum) if maximum else None,
        records_field=("events" if "events" in lists else next(iter(lists), None)),
        cursor_field="created_at" if not row or "created_at" in row else "not created_at",
    )
