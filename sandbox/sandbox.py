"""A sandbox for a `with` block, and an HTTP client for the control endpoints of a running one."""

from __future__ import annotations

import json
import ssl
from typing import Any
from urllib.parse import urlencode
from urllib.request import HTTPSHandler, ProxyHandler, Request, build_opener

from sandbox.api.control_api import Control
from sandbox.api.data_api import ROOT, Api
from sandbox.api.http_server import HOST, Running, certified
from sandbox.api.state import ServiceState
from sandbox.data.random_and_time import to_iso
from sandbox.options import Options


class Client:
    """A sandbox that listens on a port of this machine; `tls` is its certificate's file, if any."""

    def __init__(self, port: int, token: str, tls: str | None = None) -> None:
        self.port, self.token, self._tls = port, token, tls
        # Never by a proxy: the address is loopback, whatever the environment says.
        trusted = ssl.create_default_context(cafile=tls) if tls else None
        self._opener = build_opener(ProxyHandler({}), HTTPSHandler(context=trusted))

    @property
    def origin(self) -> str:
        return f"{'https' if self._tls else 'http'}://{HOST}:{self.port}"

    @property
    def base_url(self) -> str:
        return self.origin + ROOT

    def ids(self, stream: str = "events", **query: object) -> dict[str, str]:
        """id -> created_at of all rows stored by now; see `/_sandbox/ids` for the query."""
        answer = self._ask("ids?" + urlencode({"stream": stream, **query}, doseq=True))
        return dict(zip(answer["ids"], answer["created_at"], strict=True))

    def malformed(self, stream: str = "events") -> dict[str, list[str]]:
        """kind -> ids of the rows that are served out of shape (the option `odd`)."""
        return dict(self._ask(f"ids?stream={stream}")["malformed"])

    def requests(self, since: int = 0) -> list[dict[str, Any]]:
        """The API's requests after number `since`, oldest first."""
        return list(self._ask(f"requests?since={since}"))

    def stats(self) -> dict[str, Any]:
        """How many requests."""
        return dict(self._ask("stats"))

    def options(self) -> dict[str, Any]:
        return dict(self._ask("options"))

    def change(self, **options: object) -> None:
        """Replace options; urllib's HTTPError 400 if one is wrong."""
        self._ask("options", json.dumps(options).encode())
        self.token = str(options.get("token", self.token))

    def _ask(self, what: str, body: bytes | None = None) -> Any:
        request = Request(f"{self.origin}/_sandbox/{what}", body)
        with self._opener.open(request, timeout=300) as answer:
            return json.load(answer)


class Sandbox(Running, Client):
    """`with Sandbox(Options(events=5000)) as api:` and ask `api.config()`, `api.ids("events")`."""

    def __init__(
        self, options: Options | None = None, port: int = 0, *, warm: bool = False
    ) -> None:
        options = options or Options()
        self._service = ServiceState(options)
        for renderer in self._service.renderers.values() if warm else ():
            renderer.warm()
        application = Api(self._service).application()
        Control(self._service).add_to(application)
        tls = None if options.tls is None else certified(options.tls)
        Client.__init__(self, port, options.token, options.tls)
        Running.__init__(self, application, port, tls)

    def config(self) -> dict[str, str]:
        """A connector's config for this sandbox; `start_date` is where the history begins."""
        return {
            "api_token": self.token,
            "base_url": self.base_url,
            "start_date": to_iso(self._service.world.since),
        }
