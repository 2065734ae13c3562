"""The side door, `/_sandbox/`: the truth about the data, the requests seen, and the options.

No token is needed, so a test of tokens can use it; none is ever told.
"""

from __future__ import annotations

import json
from dataclasses import asdict

import msgspec
import numpy as np
from aiohttp import web

from sandbox.clock import from_text
from sandbox.names import STREAMS
from sandbox.selection import listed
from sandbox.service import Service
from sandbox.timeline import Lag


class Control:
    """Handlers of the side door."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def add_to(self, application: web.Application) -> None:
        add = application.router
        add.add_get("/_sandbox/ids", self._ids)
        add.add_get("/_sandbox/requests", self._requests)
        add.add_get("/_sandbox/stats", self._stats)
        add.add_get("/_sandbox/options", self._options)
        add.add_post("/_sandbox/options", self._change)

    async def _ids(self, request: web.Request) -> web.Response:
        """All rows stored by now, seen or not: `stream`, `since` <= created_at < `until`, `names`,
        `visible=1` (those that can be seen), `created_at=0` (ids alone)."""
        service, asked = self._service, request.query
        stream = asked.get("stream", "events")
        if stream not in STREAMS:
            return _wrong(f"stream: one of {', '.join(STREAMS)} is needed, not {stream!r}")
        timeline, now = service.world.timelines[stream], service.now
        timeline.reach(now)
        numbers = listed(range(timeline.known(now)))
        if names := asked.getall("names", []):
            found = timeline.named(frozenset(names))
            numbers = found[found < len(numbers)]
        try:
            if "since" in asked:
                numbers = numbers[timeline.stored[numbers] >= from_text(asked["since"])]
            if "until" in asked:
                numbers = numbers[timeline.stored[numbers] < from_text(asked["until"])]
        except ValueError as error:
            return _wrong(str(error))
        lag = Lag.parse(service.options.lag)
        if asked.get("visible") == "1" and lag.longest:
            numbers = numbers[~timeline.unseen(lag, numbers, now)]
        records = service.records[stream]
        answer: dict[str, object] = {"count": len(numbers), "ids": records.ids.list(numbers)}
        if asked.get("created_at") != "0":
            answer["created_at"] = records.times.list(timeline.stored[numbers])
        if service.odd:
            answer["odd"] = {
                odd.kind: records.ids.list(numbers[np.array(odd.places(numbers), dtype=np.int64)])
                for odd in service.odd
            }
        # Four million ids: the standard library's encoder would hold up the API for seconds.
        return web.Response(body=msgspec.json.encode(answer), content_type="application/json")

    async def _requests(self, request: web.Request) -> web.Response:
        """Every request to the API itself, after number `since` (default: all)."""
        return web.json_response(self._service.log.since(int(request.query.get("since", 0))))

    async def _stats(self, request: web.Request) -> web.Response:
        return web.json_response(self._service.log.stats())

    async def _options(self, request: web.Request) -> web.Response:
        return web.json_response(asdict(self._service.options) | {"token": "<token>"})

    async def _change(self, request: web.Request) -> web.Response:
        """Options to replace, as a JSON object; the others stay."""
        try:
            values = await request.json()
            if not isinstance(values, dict):
                return _wrong("a JSON object of options is needed")
            self._service.change(self._service.options.changed(values))
        except (ValueError, json.JSONDecodeError) as error:
            return _wrong(str(error))
        return await self._options(request)


def _wrong(message: str) -> web.Response:
    return web.json_response({"message": message}, status=400)
