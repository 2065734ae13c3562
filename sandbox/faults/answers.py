"""What a fault makes of an answer: of its text, of its links, of its connection."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from aiohttp import web

from sandbox.faults.plan import Fault

_POLL = 0.05
"""Seconds between two looks at whether the client has gone."""


@dataclass(frozen=True)
class Page:
    """Links, and records as they go over the wire (without the brackets)."""

    pagination: Mapping[str, object] | None
    records: bytes

    def body(self) -> bytes:
        return self.links_and(b',"events":[%b]' % self.records)

    def links_and(self, rest: bytes) -> bytes:
        links = json.dumps(self.pagination, separators=(",", ":")).encode()
        return b'{"pagination":%b%b}' % (links, rest)

    def first_with(self, fields: bytes) -> bytes:
        """The body; its first record has some fields more."""
        return replace(self, records=self.records.replace(b"{", b"{" + fields + b",", 1)).body()


def _latin1(page: Page) -> bytes:
    def escape(found: re.Match[str]) -> str:
        return json.dumps(found[0])[1:-1]

    return re.sub("[^\\x00-\\xff]", escape, page.body().decode()).encode("latin-1")


CHARSETS = {"latin1": "iso-8859-1", "utf16": "utf-16"}
"""What Content-Type says, where it is not utf-8."""

SPOILED: Mapping[str, Callable[[Page], bytes]] = {
    "html": lambda _: b"<!DOCTYPE html><html><body><h1>We'll be right back</h1></body></html>",
    "empty": lambda _: b"",
    "cut": lambda page: page.body()[: len(page.body()) // 2],
    "list": lambda _: b"[]",
    "no_events": lambda page: page.links_and(b""),
    "null_events": lambda page: page.links_and(b',"events":null'),
    "bad_byte": lambda page: page.first_with(b'"note":"caf\xe9"'),
    "latin1": _latin1,
    "utf16": lambda page: page.body().decode().encode("utf-16"),
    "bom": lambda page: b"\xef\xbb\xbf" + page.body(),
    "nan": lambda page: page.first_with(b'"score":NaN,"most":Infinity,"least":-Infinity'),
    "control": lambda page: page.first_with(b'"note":"one\ttwo"'),
    "pretty": lambda page: json.dumps(json.loads(page.body()), indent=2).encode(),
    "null_pagination": lambda page: replace(page, pagination=None).body(),
}
"""Bodies that come with status 200, by the fault's kind."""


def relinked(page: Page, fault: Fault, own: str, first: str) -> Page:
    """The page with a next_page_uri that leads astray; `own` is the request's address, `first` that
    of its first page. A last page stays a last page, unless the fault is one of going round."""
    links = page.pagination or {}
    wrong = {"next_self": own, "next_earlier": first, "next_raw": fault.to}.get(fault.kind)
    if wrong is None and "next_page_uri" in links:
        parts, asked = urlsplit(str(links["next_page_uri"])), urlsplit(own)
        origin = f"http://{asked.netloc}" if fault.kind == "next_http" else fault.to.rstrip("/")
        wrong = f"{origin}{parts.path or asked.path}?{parts.query}"
    return page if wrong is None else replace(page, pagination={**links, "next_page_uri": wrong})


async def broken(request: web.Request, fault: Fault, body: bytes) -> web.StreamResponse:
    """Answer with a connection that is reset, cut short, slow or silent; `body`: what was due."""
    if fault.kind == "reset":
        _abort(request)
        return web.Response()
    if fault.kind == "hang":
        while not gone(request):
            await asyncio.sleep(_POLL)
        return web.Response()
    response = web.StreamResponse(headers={"Content-Type": "application/json; charset=utf-8"})
    response.content_length = len(body)
    await response.prepare(request)
    if fault.kind == "trickle":
        piece = max(1, len(body) // 100)
        for start in range(0, len(body), piece):
            if gone(request):
                break
            await response.write(body[start : start + piece])
            await asyncio.sleep(fault.pace)
        return response
    await response.write(body[: len(body) // 2])
    if fault.kind == "drop":
        await asyncio.sleep(_POLL)  # an abort throws away what was not sent yet
        _abort(request)
    elif request.transport is not None:
        request.transport.close()
    return response


def gone(request: web.Request) -> bool:
    """Whether nobody is there any more to read an answer."""
    return request.transport is None or request.transport.is_closing()


def _abort(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()
