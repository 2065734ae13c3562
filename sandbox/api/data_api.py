"""The endpoints of the Data API: three streams with one response format."""

from __future__ import annotations

import asyncio
import hmac
import math
from collections.abc import Mapping
from email.utils import formatdate

from aiohttp import web
from multidict import MultiDict

from sandbox.api.paging import Pairs, link, links, unfold
from sandbox.api.query import BadParameterError, Query
from sandbox.api.state import Entry, ServiceState
from sandbox.data.random_and_time import SECOND
from sandbox.data.world import STREAMS
from sandbox.faults import responses
from sandbox.faults.responses import Fault, RetryHeader

ROOT = "/data_api/v1"


class Api:
    """Handlers of the data endpoints."""

    def __init__(self, service: ServiceState) -> None:
        self._service = service

    def application(self) -> web.Application:
        application = web.Application()
        application.router.add_get(ROOT + "/{stream:.+}", self._asked)
        application.on_response_prepare.append(self._dated)
        return application

    async def _asked(self, request: web.Request) -> web.StreamResponse:
        service = self._service
        query = request.query_string.replace(service.options.token, "<token>")
        service.requests.append(Entry(service.asked + 1, request.path, query))
        try:
            return await self._data(request)
        except BadParameterError as error:
            return self._refusal(400, str(error))

    async def _dated(self, _: web.Request, response: web.StreamResponse) -> None:
        response.headers["Date"] = formatdate(self._service.now / SECOND, usegmt=True)

    async def _data(self, request: web.Request) -> web.StreamResponse:
        service, options = self._service, self._service.options
        stream = request.match_info["stream"]
        if stream not in STREAMS:
            return self._refusal(404, "Not Found")
        if wait := service.limiter.wait(options.rate_limit):
            return self._refusal(429, "Rate limit exceeded", wait)
        if options.latency:
            await asyncio.sleep(options.latency)
        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {options.token}".encode()):
            return self._refusal(401, "Your account could not be authenticated.")
        pairs = unfold(list(request.query.items()))
        names = [name for name in service.world.timelines[stream].stream.names if name]
        query = Query.of(MultiDict(pairs), names, options)
        fault = responses.strike(service.faults, stream, query.page)
        if fault and fault.status:
            return self._refusal(fault.status, "Not today", fault.wait, fault.header)
        if fault and fault.kind == "redirect":
            complete = "/" in fault.to.partition("://")[2]
            to = fault.to if complete else fault.to + request.path_qs
            return web.Response(status=302, headers={"Location": to})
        return await self._answer(request, fault, stream, query, pairs)

    async def _answer(
        self, request: web.Request, fault: Fault | None, stream: str, query: Query, pairs: Pairs
    ) -> web.StreamResponse:
        """A page of records, or what the fault makes of it."""
        options, now = self._service.options, self._service.now
        if fault and fault.kind == "latest":
            query, fault = query.model_copy(update={"sort": "latest"}), None
        url = str(request.url.with_query(None))
        records, pages = self._service.page(stream, query, now)
        pagination: Mapping[str, str] = links(
            query.page, pages, pairs, url=url, now=now, options=options
        )
        if fault and fault.kind in responses.LINKS:
            first = link(1, pairs, url, options)
            pagination = responses.relinked(pagination, fault, str(request.url), first)
        body = responses.page(pagination, records)
        if fault and fault.kind in responses.WIRE:
            return await responses.broken(request, fault, body)
        response = responses.whole(fault, body)
        if options.gzip:
            response.enable_compression()
        return response

    def _refusal(
        self, status: int, message: str, wait: float = 0.0, header: RetryHeader = "retry-after"
    ) -> web.Response:
        headers = {"Retry-After": str(math.ceil(wait))} if wait else {}
        if wait and header == "retry-date":
            moment = math.ceil(self._service.now / SECOND + wait)
            headers = {"Retry-After": formatdate(moment, usegmt=True)}
        answer = {"success": False, "message": message}
        return web.json_response(answer, status=status, headers=headers)
