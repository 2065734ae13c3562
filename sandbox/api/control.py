"""The side door, `/_sandbox/`: the truth about the data, the requests seen, and the options.

No token is needed, so a test of tokens can use it; none is ever told.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict

from aiohttp import web

from sandbox.api.selection import listed
from sandbox.api.service import Service
from sandbox.data.clock import from_text
from sandbox.data.names import STREAMS
from sandbox.data.rng import Ints
from sandbox.data.timeline import Lag
from sandbox.faults.changing import Changing


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

    async def _ids(self, request: web.Request) -> web.StreamResponse:
        """All rows stored by now, seen or not: `stream`, `since` <= created_at < `until`, `names`,
        `visible=1` (those that can be seen), `stayed=1` (not deleted), `throughout=1` (there all the
        time: neither deleted nor late), `created_at=0` (ids alone)."""
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
        numbers = _lasting(numbers, service.changing[stream], asked)
        answer = web.StreamResponse(headers={"Content-Type": "application/json"})
        await answer.prepare(request)
        for piece in self._listed(stream, numbers, asked.get("created_at") != "0"):
            await answer.write(piece)
        return answer

    def _listed(self, stream: str, numbers: Ints, times: bool) -> Iterator[bytes]:
        service, records = self._service, self._service.records[stream]
        yield b'{"count":%d,"ids":' % len(numbers)
        yield from records.listed_ids(numbers)
        if times:
            yield b',"created_at":'
            yield from records.listed_times(service.world.timelines[stream].stored[numbers])
        for place, odd in enumerate(service.odd):
            yield b'%s"%s":' % (b"," if place else b',"odd":{', odd.kind.encode())
            yield from records.listed_ids(numbers[odd.places(numbers)])
        yield b"}}" if service.odd else b"}"

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


def _lasting(numbers: Ints, changing: Changing, asked: Mapping[str, str]) -> Ints:
    """Those of the rows that are in the list now, have not vanished, or were there all the time."""
    if asked.get("visible") == "1":
        numbers = numbers[changing.there(numbers)]
    if asked.get("stayed") == "1" or asked.get("throughout") == "1":
        numbers = numbers[~changing.deleted(numbers)]
    if asked.get("throughout") == "1":
        numbers = numbers[~changing.late(numbers)]
    return numbers


def _wrong(message: str) -> web.Response:
    return web.json_response({"message": message}, status=400)
