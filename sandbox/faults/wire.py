"""What goes wrong below HTTP: connections that are reset, cut short, slow or silent."""

from __future__ import annotations

import asyncio

from aiohttp import web

from sandbox.faults.plan import Fault

_POLL = 0.05
"""Seconds between two looks at whether the client has gone."""


async def trouble(request: web.Request, fault: Fault, body: bytes) -> web.StreamResponse:
    """Answer a request with the wire fault; `body` is what would have been said."""
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
        await _trickle(request, response, body, fault.pace)
        return response
    await response.write(body[: len(body) // 2])
    if fault.kind == "drop":
        await asyncio.sleep(_POLL)  # an abort throws away what was not sent yet
        _abort(request)
    elif request.transport is not None:
        request.transport.close()
    return response


async def _trickle(
    request: web.Request, response: web.StreamResponse, body: bytes, pace: float
) -> None:
    piece = max(1, len(body) // 100)
    for start in range(0, len(body), piece):
        if gone(request):
            return
        await response.write(body[start : start + piece])
        await asyncio.sleep(pace)


def gone(request: web.Request) -> bool:
    """Whether nobody is there any more to read an answer."""
    return request.transport is None or request.transport.is_closing()


def _abort(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()
