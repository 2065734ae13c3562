"""Ends requests under way from another thread.

`Session.close` leaves connections in use alone, and a timeout counts between two packets only: a sync
that failed would live on for as long as a body trickles.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import requests
from urllib3.connection import HTTPConnection

if TYPE_CHECKING:
    _Connection = HTTPConnection
else:
    _Connection = object


class _Abortable(_Connection):
    """Mixed into urllib3's connections by `ConnectionCls`, its seam for that."""

    adapter: AbortableAdapter
    _twin: socket.socket | None = None
    """A second handle of the socket: TLS takes the first one away, from the handshake on."""

    def _new_conn(self) -> socket.socket:
        opened: socket.socket = super()._new_conn()
        self._twin = opened.dup()
        self.adapter.under_way(self._twin)
        return opened

    def request(self, *arguments: Any, **options: Any) -> None:
        if self._twin:
            self.adapter.under_way(self._twin)
        super().request(*arguments, **options)

    def close(self) -> None:
        super().close()
        if self._twin:
            self._twin.close()
            self._twin = None


class AbortableAdapter(requests.adapters.HTTPAdapter):
    """Knows the socket of each thread's request. A connection that is only being opened has none:
    it ends by its own timeout."""

    def __init__(self) -> None:
        self._sockets: dict[int, socket.socket] = {}
        self._lock = threading.Lock()
        self._closed = False
        super().__init__(pool_connections=4, pool_maxsize=64)

    def get_connection_with_tls_context(self, *arguments: Any, **options: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*arguments, **options)
        with self._lock:
            if not issubclass(pool.ConnectionCls, _Abortable):
                bases = (_Abortable, pool.ConnectionCls)
                pool.ConnectionCls = type("Connection", bases, {"adapter": self})
        return pool

    def under_way(self, used: socket.socket) -> None:
        """This thread's request goes over `used`."""
        with self._lock:
            self._sockets[threading.get_ident()] = used
            if self._closed:
                _shut(used)

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Ends this thread's request if it takes longer."""
        thread = threading.get_ident()
        timer = threading.Timer(seconds, self._abort, [thread])
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            with self._lock:
                self._sockets.pop(thread, None)

    def abort_all(self) -> None:
        """Ends all requests, also those that begin from now on."""
        with self._lock:
            self._closed = True
            for used in self._sockets.values():
                _shut(used)

    def _abort(self, thread: int) -> None:
        with self._lock:
            if thread in self._sockets:
                _shut(self._sockets[thread])


def _shut(used: socket.socket) -> None:
    with suppress(OSError):  # it is closed already
        used.shutdown(socket.SHUT_RDWR)
