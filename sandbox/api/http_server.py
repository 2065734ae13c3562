"""Serves an aiohttp application on loopback from a thread, with or without https."""

from __future__ import annotations

import asyncio
import ssl
import threading
from concurrent.futures import Future
from typing import Self

from aiohttp import web

HOST = "127.0.0.1"
"""Loopback and nothing else: the sandbox answers anyone who knows a well-known token."""


class Running:
    """Serves the application from a separate thread during a `with` block."""

    def __init__(
        self, application: web.Application, port: int = 0, tls: ssl.SSLContext | None = None
    ) -> None:
        self.port = port
        """The one that was found, once it runs, if 0 was asked for."""
        self._application, self._tls_context = application, tls
        self._ready: Future[int] = Future()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    def __enter__(self) -> Self:
        """Returns once it listens; raises what kept it from that."""
        self._thread.start()
        self.port = self._ready.result()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()

    async def _serve(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        # Requests that hang on purpose must not hold up the end.
        runner = web.AppRunner(self._application, access_log=None, shutdown_timeout=0.2)
        try:
            await runner.setup()
            site = web.TCPSite(runner, HOST, self.port, backlog=256, ssl_context=self._tls_context)
            await site.start()
        except Exception as error:  # noqa: BLE001 - who waits in __enter__ must hear of any
            self._ready.set_exception(error)
            return
        self._ready.set_result(int(runner.addresses[0][1]))
        await self._over.wait()
        await runner.cleanup()


def certified(certificate: str) -> ssl.SSLContext:
    """Create a certificate for https; the file gets the authority that a client has to trust."""
    import trustme  # takes a while

    authority = trustme.CA()
    authority.cert_pem.write_to_path(certificate)
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST).configure_cert(served)
    return served
