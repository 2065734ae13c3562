"""Faulty responses: wrong statuses, bodies and links, broken connections, and which requests get them.

A fault counts the requests it could have met (good token, good parameters, its stream and page) and
strikes those from `after` on, each `every`-th, at most `times` of them.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Literal
from urllib.parse import urlsplit

from aiohttp import web
from pydantic import Field

from sandbox.options import Spec

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
    "utf16": lambda body: body,  # see CHARSETS
    "bom": lambda body: "\ufeff" + body,
    "nan": _first_with('"score":NaN,"most":Infinity,"least":-Infinity'),
    "control": _first_with('"note":"one\ttwo"'),
    "pretty": lambda body: json.dumps(json.loads(body), indent=2),
}
"""The bodies, by the fault's kind."""

CHARSETS = {"latin1": "iso-8859-1", "utf16": "utf-16"}
"""How the body is encoded, where not in utf-8; Content-Type says so."""

LINKS = ("next_self", "next_earlier", "next_host", "next_http", "next_raw")
WIRE = ("reset", "drop", "short", "hang", "trickle")
KINDS = (*SPOILED, *LINKS, *WIRE, "redirect", "latest")
RetryHeader = Literal["retry-after", "retry-date"]


class Fault(Spec):
    """`KIND[,key=value]...`; the keys are explained in sandbox/README.md."""

    kind: str = Field(pattern=f"^({'|'.join(KINDS)}|[45]\\d\\d)$")
    after: int = 0
    times: int | None = None
    every: int = 1
    stream: str | None = None
    page: int | None = None
    to: str = ""
    wait: float = 0.0
    header: RetryHeader = "retry-after"
    pace: float = 0.5
    _met: int = 0
    _struck: int = 0

    @property
    def status(self) -> int:
        """The status to answer with, 0 if the kind is none."""
        return int(self.kind) if self.kind.isdigit() else 0

    def meets(self, stream: str, page: int) -> bool:
        """Whether it could strike this request; counts those it could."""
        meets = self.stream in (None, stream) and self.page in (None, page)
        self._met += meets
        return meets

    def due(self) -> bool:
        """Whether it strikes the request it just met."""
        turn = self._met - self.after
        if turn < 1 or turn % self.every or self._struck == self.times:
            return False
        self._struck += 1
        return True


def strike(faults: Iterable[Fault], stream: str, page: int) -> Fault | None:
    """The fault that meets this request; every fault counts it, the first one due strikes."""
    met = [fault for fault in faults if fault.meets(stream, page)]
    return next((fault for fault in met if fault.due()), None)


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
        while not _gone(request):
            await asyncio.sleep(_POLL)
        return web.Response()
    content = body.encode()
    response = web.StreamResponse(headers={"Content-Type": "application/json; charset=utf-8"})
    response.content_length = len(content)
    await response.prepare(request)
    if fault.kind == "trickle":
        piece = max(1, len(content) // 100)
        for start in range(0, len(content), piece):
            if _gone(request):
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


def _gone(request: web.Request) -> bool:
    """Whether the client has closed the connection."""
    return request.transport is None or request.transport.is_closing()


def _abort(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()
