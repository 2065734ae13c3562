"""The control endpoints, `/_sandbox/`: which rows exist, which requests came, and the options.

They need no token, so that tests of tokens can use them, and they never show one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

import msgspec
from aiohttp import web

from sandbox.api.query import listed
from sandbox.api.state import ServiceState
from sandbox.data.random_and_time import Ints, from_iso
from sandbox.data.world import STREAMS


class Control:
    """Handlers of the control endpoints."""

    def __init__(self, service: ServiceState) -> None:
        self._service = service

    def add_to(self, application: web.Application) -> None:
        add = application.router
        add.add_get("/_sandbox/ids", self._ids)
        add.add_get("/_sandbox/requests", self._requests)
        add.add_get("/_sandbox/stats", self._stats)
        add.add_get("/_sandbox/options", self._options)
        add.add_post("/_sandbox/options", self._change)

    async def _ids(self, request: web.Request) -> web.Response:
        """All rows stored by now, or those asked for; the parameters are in sandbox/README.md."""
        service, stream = self._service, request.query.get("stream", "events")
        try:
            numbers = self._asked(stream, request.query, request.query.getall("names", []))
        except ValueError as error:
            return _wrong(error)
        renderer = service.renderers[stream]
        answer: dict[str, object] = {"ids": renderer.ids(numbers)}
        if request.query.get("created_at") != "0":
            stored = service.world.timelines[stream].stored[numbers]
            answer["created_at"] = renderer.times(stored)
        answer["malformed"] = {
            malformed.kind: renderer.ids(numbers[malformed.places(numbers)])
            for malformed in service.malformed
        }
        # Not by json: four million ids would keep everybody waiting.
        return web.Response(body=msgspec.json.encode(answer), content_type="application/json")

    def _asked(self, stream: str, asked: Mapping[str, str], names: list[str]) -> Ints:
        if stream not in STREAMS:
            raise ValueError(f"stream: one of {', '.join(STREAMS)} is needed, not {stream!r}")
        timeline, now = self._service.world.timelines[stream], self._service.now
        timeline.reach(now)
        numbers = listed(range(timeline.known(now)))
        if names:
            found = timeline.named(frozenset(names))
            numbers = found[found < len(numbers)]
        if "since" in asked:
            numbers = numbers[timeline.stored[numbers] >= from_iso(asked["since"])]
        if "until" in asked:
            numbers = numbers[timeline.stored[numbers] < from_iso(asked["until"])]
        if asked.get("throughout") == "1":
            visibility = self._service.visibility[stream]
            numbers = numbers[~visibility.deleted(numbers) & ~visibility.late(numbers)]
        return numbers

    async def _requests(self, request: web.Request) -> web.Response:
        """Every request to the API itself, after number `since` (default: all)."""
        since = int(request.query.get("since", 0))
        later = [asdict(one) for one in self._service.requests if one.number > since]
        return web.json_response(later)

    async def _stats(self, request: web.Request) -> web.Response:
        return web.json_response({"requests": self._service.asked})

    async def _options(self, request: web.Request) -> web.Response:
        return web.json_response(dict(self._service.options) | {"token": "<token>"})

    async def _change(self, request: web.Request) -> web.Response:
        """Options to replace, as a JSON object; the others stay."""
        try:
            self._service.change(self._service.options.changed(await request.json()))
        except (ValueError, TypeError) as error:  # TypeError: JSON, but no object
            return _wrong(error)
        return await self._options(request)


def _wrong(error: Exception) -> web.Response:
    return web.json_response({"message": str(error)}, status=400)
