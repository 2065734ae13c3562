"""The Data API itself: three endpoints, one response shape."""

from __future__ import annotations

import asyncio
import hmac
import time
from email.utils import formatdate

from aiohttp import web
from aiohttp.typedefs import Handler
from multidict import MultiDict

from sandbox.api.paging import Pairs, link, links, unfold
from sandbox.api.query import BadParameterError, Query, parse
from sandbox.api.rate_limit import headers
from sandbox.api.service import Entry, Service
from sandbox.data.numbers import SECOND
from sandbox.faults.answers import CHARSETS, SPOILED, Page, broken, gone, relinked
from sandbox.faults.plan import ARRIVING, LINKS, WIRE, Fault
from sandbox.options import RetryHeader

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
        service, number = self._service, self._service.asked + 1
        query = request.query_string.replace(service.options.token, "<token>")
        known = "Authorization" in request.headers
        entry = Entry(number, time.time(), request.method, request.path, query, known)
        service.requests.append(entry)
        request[_ENTRY] = entry
        try:
            return await handler(request)
        except web.HTTPException as error:
            return self._refusal(error.status, error.reason)

    async def _sending(self, request: web.Request, response: web.StreamResponse) -> None:
        response.headers["Date"] = formatdate(self._service.now / SECOND, usegmt=True)
        if _ENTRY in request and not gone(request):
            request[_ENTRY].status = response.status

    async def _data(self, request: web.Request) -> web.StreamResponse:
        service, options = self._service, self._service.options
        stream = service.paths.get(request.match_info["path"])
        if stream is None:
            raise web.HTTPNotFound
        wait = service.limiter.wait(options)
        if wait:
            return self._refusal(429, "Rate limit exceeded", options.rate_header, wait)
        if options.latency:
            await asyncio.sleep(options.latency)
        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {options.token}".encode()):
            return self._refusal(401, "Your account could not be authenticated.")
        try:
            pairs = unfold(list(request.query.items()))
            names = [name for name in service.world.timelines[stream].stream.names if name]
            query = parse(MultiDict(pairs), names, options)
        except BadParameterError as error:
            return self._refusal(400, str(error))
        fault = service.plan.strike(stream, query.page, service.now / SECOND)
        if fault and fault.status:
            return self._refusal(fault.status, "Not today", fault.header, fault.wait)
        if fault and fault.kind == "redirect":
            whole = "/" in fault.to.partition("://")[2]
            to = fault.to if whole else fault.to + request.path_qs
            return web.Response(status=302, headers={"Location": to})
        return await self._answer(request, fault, stream, query, pairs)

    async def _answer(
        self, request: web.Request, fault: Fault | None, stream: str, query: Query, pairs: Pairs
    ) -> web.StreamResponse:
        """A page of records, or what the fault makes of it."""
        options, now, kind = self._service.options, self._service.now, fault.kind if fault else ""
        url = str(request.url.with_query(None))
        records, pages = self._service.page(stream, query, now)
        page = Page(
            links(query.page, pages, pairs, url=url, now=now, options=options), b",".join(records)
        )
        if fault and kind in LINKS:
            page = relinked(page, fault, str(request.url), link(1, pairs, url, options))
        if not kind or kind in ARRIVING:
            request[_ENTRY].records = len(records)
        if fault and kind in WIRE:
            return await broken(request, fault, page.body())
        response = web.Response(
            body=SPOILED[kind](page) if kind in SPOILED else page.body(),
            content_type="text/html" if kind == "html" else "application/json",
            charset=CHARSETS.get(kind, "utf-8"),
        )
        if options.gzip:
            response.enable_compression()
        return response

    def _refusal(
        self, status: int, message: str, header: RetryHeader = "none", wait: float = 0.0
    ) -> web.Response:
        said = headers(header, wait, self._service.now / SECOND)
        answer = {"success": False, "message": message}
        return web.json_response(answer, status=status, headers=said)
