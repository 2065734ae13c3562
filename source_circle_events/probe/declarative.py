"""Endpoints of a manifest of Airbyte's declarative language, by its own rules of inheritance."""

from __future__ import annotations

from source_circle_events import manifest
from source_circle_events.probe.endpoints import Endpoint, Node, at, mapping, resolved, stream_of
from source_circle_events.probe.templates import Config, rendered


def declarative(file: Node) -> dict[str, Endpoint]:
    """Stream -> what the manifest says of it."""
    spec = at(file, "spec", "connection_specification", "properties")
    defaults = {key: one["default"] for key, one in spec.items() if mapping(one).get("default")}
    found: dict[str, Endpoint] = {}
    for entry in file["streams"]:
        stream = resolved(entry, file)
        given: Node = {**mapping(stream.get("$options")), **mapping(stream.get("$parameters"))}
        retriever, given = _part(stream, "retriever", file, given)
        requester, inner = _part(retriever, "requester", file, given)
        config = Config(defaults)
        base = rendered(requester.get("url_base") or inner.get("url_base"), config, inner)
        path = rendered(requester.get("path") or inner.get("path"), config, inner)
        url = rendered(requester.get("url") or inner.get("url"), config, inner)
        url = url or "/".join(part.strip("/") for part in (base, path) if part)
        name = str(stream.get("name") or given.get("name") or "")
        known = stream_of(name, path or url.rpartition("/")[2])
        if url and known and known not in found:
            found[known] = _declared(file, url, stream, retriever, requester)
    return found


def _declared(file: Node, url: str, stream: Node, retriever: Node, requester: Node) -> Endpoint:
    cursor = resolved(stream.get("incremental_sync"), file)
    paginator = resolved(retriever.get("paginator"), file)
    strategy = resolved(paginator.get("pagination_strategy"), file)
    options = [
        resolved(paginator.get("page_size_option"), file),
        *(resolved(cursor.get(key), file) for key in ("start_time_option", "end_time_option")),
    ]
    sent = mapping(requester.get("request_parameters"))
    names = {*sent, *(str(one["field_name"]) for one in options if one.get("field_name"))}
    size = rendered(str(sent.get("per_page", strategy.get("page_size") or "")), {}, {})
    selector = resolved(retriever.get("record_selector"), file)
    records = resolved(selector.get("extractor"), file).get("field_path")
    return Endpoint(
        url=url,
        authentication=_authentication(resolved(requester.get("authenticator"), file)),
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
    header = one.get("header") or mapping(one.get("inject_into")).get("field_name")
    if kind == "ApiKeyAuthenticator" and str(header).lower() == "authorization":
        word = str(one.get("api_token", "")).partition(" ")[0]
        return "Bearer" if word.lower() == "bearer" else f"the header Authorization, with {word}"
    if kind == "ApiKeyAuthenticator":
        return f"the header {header}"
    return "Bearer" if kind == "BearerAuthenticator" else kind


def _part(parent: Node, key: str, file: Node, given: Node) -> tuple[Node, Node]:
    """A component within another, and the parameters that reach it."""
    part = resolved(parent.get(key), file)
    return part, {**mapping(part.get("$options")), **mapping(part.get("$parameters")), **given}
