"""Faulty responses: wrong bodies, wrong links, broken connections."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from aiohttp import web

from sandbox.faults.schedule import Fault

_POLL = 0.05
"""Seconds between two looks at whether the client has gone."""


def page(pagination: Mapping[str, str], records: list[str]) -> str:
    """The body of a good answer."""
    links = json.dumps(pagination, separators=(",", ":"))
    return f'{{"pagination":{links},"events":[{",".join(records)}]}}'


def _head(body: str) -> str:
    """What comes before the records' key."""
    return body.partition(',"events":')[0]


def _first_with(fields: str) -> Callable[[str], str]:
    """The first record has some fields more."""
    return lambda body: body.replace('"events":[{', f'"events":[{{{fields},', 1)


_WEB_PAGE = "<!DOCTYPE html><html><body><h1>We'll be right back</h1></body></html>"
SPOILED: Mapping[str, Callable[[str], str]] = {
    "html": lambda _: _WEB_PAGE,
    "challenge": lambda _: _WEB_PAGE,
    "empty": lambda _: "",
    "cut": lambda body: body[: len(body) // 2],
    "list": lambda _: "[]",
    "no_events": lambda body: _head(body) + "}",
    "null_events": lambda body: _head(body) + ',"events":null}',
    "null_pagination": lambda body: '{"pagination":null' + body.removeprefix(_head(body)),
    "bad_byte": _first_with('"note":"caf\udce9"'),  # encoded as the byte E9 alone
    # What Latin-1 does not know becomes \uXXXX, as in JSON.
    "latin1": lambda body: body.encode("latin-1", "backslashreplace").decode("latin-1"),
    "bom": lambda body: "\ufeff" + body,
    "nan": _first_with('"score":NaN,"most":Infinity,"least":-Infinity'),
    "control": _first_with('"note":"one\ttwo"'),
    "pretty": lambda body: json.dumps(json.loads(body), indent=2),
}
"""The bodies, by the fault's kind."""

CHARSETS = {"latin1": "iso-8859-1", "utf16": "utf-16"}
"""How the body is encoded, where not in utf-8; Content-Type says so."""


def whole(fault: Fault | None, body: str) -> web.Response:
    """A complete response, with the correct body or the one of the fault."""
    kind = fault.kind if fault else ""
    charset = CHARSETS.get(kind, "utf-8")
    text = SPOILED[kind](body) if kind in SPOILED else body
    firewall = kind == "challenge"
    return web.Response(
        status=403 if firewall else 200,
        headers={"cf-mitigated": "challenge"} if firewall else {},
        body=text.encode(charset, "surrogateescape"),
        content_type="text/html" if text == _WEB_PAGE else "application/json",
        charset=charset,
    )


def relinked(links: Mapping[str, str], fault: Fault, own: str, first: str) -> Mapping[str, str]:
    """Links whose next_page_uri leads astray; `own` is the request's address, `first` that of its
    first page. A last page stays a last page, unless the fault is one of going round."""
    wrong = {"next_self": own, "next_earlier": first, "next_raw": fault.to}.get(fault.kind)
    if wrong is None and "next_page_uri" in links:
        parts, asked = urlsplit(links["next_page_uri"]), urlsplit(own)
        origin = f"http://{asked.netloc}" if fault.kind == "next_http" else fault.to.rstrip("/")
        wrong = f"{origin}{parts.path or asked.path}?{parts.query}"
    return links if wrong is None else {**links, "next_page_uri": wrong}


async def broken(request: web.Request, fault: Fault, body: str) -> web.StreamResponse:
    """Answer with a connection that is reset, cut short, slow or silent; `body`: what was due."""
    if fault.kind == "reset":
        _abort(request)
        return web.Response()
    if fault.kind == "hang":
        while not gone(request):
            await asyncio.sleep(_POLL)
        return web.Response()
    content = body.encode()
    response = web.StreamResponse(headers={"Content-Type": "application/json; charset=utf-8"})
    response.content_length = len(content)
    await response.prepare(request)
    if fault.kind == "trickle":
        piece = max(1, len(content) // 100)
        for start in range(0, len(content), piece):
            if gone(request):
                break
            await response.write(content[start : start + piece])
            await asyncio.sleep(fault.pace)
        return response
    await response.write(content[: len(content) // 2])
    if fault.kind == "drop":
        await asyncio.sleep(_POLL)  # an abort throws away what was not sent yet
        _abort(request)
    elif request.transport is not None:
        request.transport.close()
    return response


def gone(request: web.Request) -> bool:
    """Whether the client has closed the connection."""
    return request.transport is None or request.transport.is_closing()


def _abort(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()
