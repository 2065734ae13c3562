"""The side door, `/_sandbox/`: the truth about the data, the requests seen, and the options.

No token is needed, so a test of tokens can use it; none is ever told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict

from aiohttp import web

from sandbox.api.query import listed
from sandbox.api.service import Entry, Service
from sandbox.data.numbers import Ints, from_text
from sandbox.data.render import json_list
from sandbox.data.world import STREAMS


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
        """All rows stored by now, or those asked for; the parameters are in sandbox/README.md."""
        stream = request.query.get("stream", "events")
        try:
            numbers = self._asked(stream, request.query, request.query.getall("names", []))
        except ValueError as error:
            return _wrong(error)
        answer = web.StreamResponse(headers={"Content-Type": "application/json"})
        await answer.prepare(request)
        for piece in self._listed(stream, numbers, request.query.get("created_at") != "0"):
            await answer.write(piece)
        return answer

    def _asked(self, stream: str, asked: Mapping[str, str], names: list[str]) -> Ints:
        if stream not in STREAMS:
            raise ValueError(f"stream: one of {', '.join(STREAMS)} is needed, not {stream!r}")
        timeline, now = self._service.world.timelines[stream], self._service.now
        visibility = self._service.visibility[stream]
        timeline.reach(now)
        numbers = listed(range(timeline.known(now)))
        if names:
            found = timeline.named(frozenset(names))
            numbers = found[found < len(numbers)]
        if "since" in asked:
            numbers = numbers[timeline.stored[numbers] >= from_text(asked["since"])]
        if "until" in asked:
            numbers = numbers[timeline.stored[numbers] < from_text(asked["until"])]
        if asked.get("visible") == "1":
            numbers = numbers[visibility.seen(numbers, timeline.rows.created[numbers], now)]
        if asked.get("throughout") == "1":
            numbers = numbers[~visibility.deleted(numbers) & ~visibility.late(numbers)]
        return numbers

    def _listed(self, stream: str, numbers: Ints, times: bool) -> Iterator[bytes]:
        service, renderer = self._service, self._service.renderers[stream]
        yield b'{"count":%d,"ids":' % len(numbers)
        yield from json_list(renderer.ids, numbers)
        if times:
            yield b',"created_at":'
            yield from json_list(renderer.times, service.world.timelines[stream].stored[numbers])
        yield b',"malformed":{'
        for place, malformed in enumerate(service.malformed):
            yield b'%b"%b":' % (b"," if place else b"", malformed.kind.encode())
            yield from json_list(renderer.ids, numbers[malformed.places(numbers)])
        yield b"}}"

    async def _requests(self, request: web.Request) -> web.Response:
        """Every request to the API itself, after number `since` (default: all)."""
        since = int(request.query.get("since", 0))
        later = [asdict(one) for one in self._service.requests if one.number > since]
        return web.json_response(later)

    async def _stats(self, request: web.Request) -> web.Response:
        """Counts by clock minute (epoch seconds of its start), status and path."""
        seen, records = self._service.requests, Counter[str]()
        for entry in seen:
            records[entry.path] += entry.records
        return web.json_response(
            {
                "requests": self._service.asked,
                "minutes": Counter(_minute(entry) for entry in seen),
                "refused": Counter(_minute(entry) for entry in seen if entry.status == 429),
                "statuses": Counter(entry.status for entry in seen),
                "paths": Counter(entry.path for entry in seen),
                "records": records,
            }
        )

    async def _options(self, request: web.Request) -> web.Response:
        return web.json_response(dict(self._service.options) | {"token": "<token>"})

    async def _change(self, request: web.Request) -> web.Response:
        """Options to replace, as a JSON object; the others stay."""
        try:
            self._service.change(self._service.options.changed(await request.json()))
        except (ValueError, TypeError) as error:  # TypeError: JSON, but no object
            return _wrong(error)
        return await self._options(request)


def _minute(entry: Entry) -> int:
    return int(entry.time // 60 * 60)


def _wrong(error: Exception) -> web.Response:
    return web.json_response({"message": str(error)}, status=400)
