"""A sandbox for a `with` block: in a thread, which starts in a tenth of a second."""

from __future__ import annotations

from pathlib import Path
from ssl import SSLContext
from types import TracebackType
from typing import Self

from aiohttp import web

from sandbox.api.app import ROOT, Api
from sandbox.api.control import Control
from sandbox.api.service import Service
from sandbox.api.serving import HOST, Running
from sandbox.client import Client
from sandbox.data.clock import to_iso
from sandbox.options import Options

SETTINGS = {
    "events": "events_path",
    "member_visits": "member_visits_path",
    "analytics_tracker_events": "tracker_events_path",
}
"""The connector's setting of each stream's path; it is given only where the path is another."""


def application(service: Service) -> web.Application:
    """The API with its side door."""
    app = Api(service).application()
    Control(service).add_to(app)
    return app


def tls(options: Options) -> SSLContext | None:
    """What https needs, if it was asked for."""
    if options.tls is None:
        return None
    from sandbox.api.tls import context  # cryptography takes a while to import

    return context(Path(options.tls))


def config(service: Service, port: int) -> dict[str, str]:
    """What a connector needs to read this sandbox."""
    scheme = "http" if service.options.tls is None else "https"
    return {
        "api_token": service.options.token,
        "base_url": f"{scheme}://{HOST}:{port}{ROOT}",
        "start_date": to_iso(service.world.span.since),
        **{SETTINGS[stream]: path for path, stream in service.paths.items() if path != stream},
    }


class Sandbox(Client):
    """`with Sandbox(Options(events=5000)) as api:` and ask `api.config()`, `api.ids("events")`."""

    def __init__(self, options: Options | None = None, port: int = 0) -> None:
        self._options = options or Options()
        self._running = Running(self._start, port, tls(self._options))

    def _start(self) -> web.Application:
        self._service = Service(self._options)
        return application(self._service)

    def __enter__(self) -> Self:
        self._running.start()
        super().__init__(self._running.port, self._options.token, self._options.tls)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._running.stop()

    def config(self) -> dict[str, str]:
        """A connector's config for this sandbox; `start_date` is where the history begins."""
        return config(self._service, self._running.port) | {"api_token": self.token}
