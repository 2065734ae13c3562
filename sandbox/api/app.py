"""The Data API itself: three endpoints, one response shape."""

from __future__ import annotations

import asyncio
import hmac
from email.utils import formatdate

from aiohttp import web
from aiohttp.typedefs import Handler
from multidict import MultiDict

from sandbox.api.log import Entry
from sandbox.api.paging import link, links, unfold
from sandbox.api.query import BadParameterError, Query, parse
from sandbox.api.service import Service
from sandbox.api.waiting import headers
from sandbox.data.clock import SECOND
from sandbox.faults.bodies import CHARSETS, SPOILED, Address, Page, relinked
from sandbox.faults.plan import ARRIVING, LINKS, WIRE, Fault
from sandbox.faults.wire import gone, trouble

ROOT = "/data_api/v1"
_ENTRY = web.RequestKey("entry", Entry)


class Api:
    """Handlers of the data endpoints."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def application(self) -> web.Application:
        application = web.Application(middlewares=[self._middleware])
        application.router.add_get(ROOT + "/{path:.+}", self._data)
        application.on_response_prepare.append(self._sending)
        return application

    @web.middleware
    async def _middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith("/_sandbox/"):
            return await handler(request)
        query = request.query_string.replace(self._service.options.token, "<token>")
        known = "Authorization" in request.headers
        request[_ENTRY] = self._service.log.note(request.method, request.path, query, known)
        try:
            return await handler(request)
        except web.HTTPException as error:
            return _refusal(error.status, error.reason)

    async def _sending(self, request: web.Request, response: web.StreamResponse) -> None:
        response.headers["Date"] = formatdate(self._service.now / SECOND, usegmt=True)
        if _ENTRY in request and not gone(request):
            request[_ENTRY].status = response.status

    async def _data(self, request: web.Request) -> web.StreamResponse:
        service, options = self._service, self._service.options
        stream = service.paths.get(request.match_info["path"])
        if stream is None:
            raise web.HTTPNotFound
        seconds = service.now / SECOND
        wait = service.limiter.wait(options)
        if wait:
            return _refusal(429, "Rate limit exceeded", headers(options.rate_header, wait, seconds))
        if options.latency:
            await asyncio.sleep(options.latency)
        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {options.token}".encode()):
            return _refusal(401, "Your account could not be authenticated.")
        timeline = service.world.timelines[stream]
        try:
            pairs = unfold(list(request.query.items()))
            names = [name.text for name in timeline.names if name.text]
            query = parse(MultiDict(pairs), names, options)
        except BadParameterError as error:
            return _refusal(400, str(error))
        fault = service.plan.strike(stream, query.page, seconds)
        if fault and (fault.status or fault.kind == "redirect"):
            return _answer(request, fault, seconds)
        page = self._page(request, stream, query, pairs)
        if fault and fault.kind in LINKS:
            first = [(key, value) for key, value in pairs if key != "page"] + [("page", "1")]
            address = Address(str(request.url), link(first, _url(request), options))
            page = relinked(page, fault, address)
        if fault is None or fault.kind in ARRIVING:
            request[_ENTRY].records = page.count
        if fault and fault.kind in WIRE:
            return await trouble(request, fault, page.body())
        return self._served(page, fault)

    def _served(self, page: Page, fault: Fault | None) -> web.Response:
        kind = fault.kind if fault else ""
        response = web.Response(
            body=SPOILED[kind](page) if kind in SPOILED else page.body(),
            content_type="text/html" if kind == "html" else "application/json",
            charset=CHARSETS.get(kind, "utf-8"),
        )
        if self._service.options.gzip:
            response.enable_compression()
        return response

    def _page(
        self, request: web.Request, stream: str, query: Query, pairs: list[tuple[str, str]]
    ) -> Page:
        service = self._service
        now = service.now
        records, count, pages = service.page(stream, query, now)
        near = links(query.page, pages, pairs, now=now, url=_url(request), options=service.options)
        return Page(near, records, count)


def _url(request: web.Request) -> str:
    return str(request.url.with_query(None))


def _refusal(status: int, message: str, more: dict[str, str] | None = None) -> web.Response:
    return web.json_response({"success": False, "message": message}, status=status, headers=more)


def _answer(request: web.Request, fault: Fault, now: float) -> web.Response:
    if fault.kind == "redirect":
        whole = "/" in fault.to.partition("://")[2]
        to = fault.to if whole else fault.to + request.path_qs
        return web.Response(status=302, headers={"Location": to})
    return _refusal(fault.status, "Not today", headers(fault.header, fault.wait, now))
