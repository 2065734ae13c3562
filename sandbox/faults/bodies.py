"""One page of records, and what a bad day can make of its text and its links."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from sandbox.faults.plan import Fault

HTML = b"<!DOCTYPE html><html><body><h1>We'll be right back</h1></body></html>"


@dataclass(frozen=True)
class Page:
    """Links, and records as they go over the wire (without the brackets)."""

    pagination: Mapping[str, object]
    records: bytes
    count: int

    def body(self) -> bytes:
        links = json.dumps(self.pagination, separators=(",", ":")).encode()
        return b'{"pagination":' + links + b',"events":[' + self.records + b"]}"


@dataclass(frozen=True)
class Address:
    """What a link fault turns the links into: the request's own address, and its first page's."""

    own: str
    first: str


def relinked(page: Page, fault: Fault, address: Address) -> Page:
    """The page with a next_page_uri that leads astray. A last page stays a last page, unless the
    fault is one of going round."""
    link = page.pagination.get("next_page_uri")
    if fault.kind in ("next_self", "next_earlier", "next_raw"):
        wrong = {"next_self": address.own, "next_earlier": address.first, "next_raw": fault.to}
        return _with_next(page, wrong[fault.kind])
    if not isinstance(link, str):
        return page
    parts, own = urlsplit(link), urlsplit(address.own)
    origin = f"http://{own.netloc}" if fault.kind == "next_http" else fault.to.rstrip("/")
    return _with_next(page, f"{origin}{parts.path or own.path}?{parts.query}")


def _with_next(page: Page, link: str) -> Page:
    return replace(page, pagination={**page.pagination, "next_page_uri": link})


def _cut(page: Page) -> bytes:
    body = page.body()
    return body[: len(body) // 2]


def _links_only(page: Page, rest: bytes) -> bytes:
    return b'{"pagination":' + json.dumps(page.pagination).encode() + rest + b"}"


def _first(page: Page, fields: bytes) -> bytes:
    """The first record with some fields more."""
    return replace(page, records=page.records.replace(b"{", b"{" + fields + b",", 1)).body()


def _latin1(page: Page) -> bytes:
    def escape(found: re.Match[str]) -> str:
        return json.dumps(found[0])[1:-1]

    return re.sub("[^\\x00-\\xff]", escape, page.body().decode()).encode("latin-1")


CHARSETS = {"latin1": "iso-8859-1", "utf16": "utf-16"}
"""What Content-Type says, where it is not utf-8."""

SPOILED: Mapping[str, Callable[[Page], bytes]] = {
    "html": lambda _: HTML,
    "empty": lambda _: b"",
    "cut": _cut,
    "list": lambda _: b"[]",
    "no_events": lambda page: _links_only(page, b""),
    "null_events": lambda page: _links_only(page, b',"events":null'),
    "bad_byte": lambda page: _first(page, b'"note":"caf\xe9"'),
    "latin1": _latin1,
    "utf16": lambda page: page.body().decode().encode("utf-16"),
    "bom": lambda page: b"\xef\xbb\xbf" + page.body(),
    "nan": lambda page: _first(page, b'"score":NaN,"most":Infinity,"least":-Infinity'),
    "control": lambda page: _first(page, b'"note":"one\ttwo"'),
    "pretty": lambda page: json.dumps(json.loads(page.body()), indent=2).encode(),
    "null_pagination": lambda page: b'{"pagination":null,"events":[' + page.records + b"]}",
}
"""Bodies that come with status 200, by the fault's kind."""
