"""An aiohttp application served from a thread of its own, for as long as a `with` block lasts."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from ssl import SSLContext

from aiohttp import web

HOST = "127.0.0.1"
"""Loopback and nothing else: the sandbox answers anyone who knows a well-known token."""


async def listen(
    application: web.Application, port: int, tls: SSLContext | None = None
) -> tuple[web.AppRunner, int]:
    """Start serving; the port is the one that was found if 0 was asked for."""
    # Requests that hang on purpose must not hold up the end.
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, HOST, port, backlog=256, ssl_context=tls).start()
    return runner, int(runner.addresses[0][1])


class Running:
    """Serves what `make` returns, which is called in the serving thread."""

    def __init__(
        self, make: Callable[[], web.Application], port: int = 0, tls: SSLContext | None = None
    ) -> None:
        self._make, self.port, self._tls = make, port, tls
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="sandbox", daemon=True)

    def start(self) -> None:
        """Returns once it listens; raises what kept it from that."""
        self._thread.start()
        self._ready.wait()
        if self._error is not None:
            raise self._error

    def stop(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            runner, self.port = self._loop.run_until_complete(
                listen(self._make(), self.port, self._tls)
            )
        except Exception as error:  # noqa: BLE001 - the thread that waits must hear of any
            self._error = error
            self._ready.set()
            self._loop.close()
            return
        self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(runner.cleanup())
        self._loop.close()
