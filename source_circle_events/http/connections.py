"""Connections that another thread can end.

A request that hangs or trickles cannot be asked to stop: its thread waits in the socket. urllib3 lets a
pool name its class of connections (`ConnectionCls`); ours remember their sockets.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import Any
from weakref import WeakSet

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection


class AbortableAdapter(HTTPAdapter):
    """For one session; as many connections as workers may be open at once."""

    def __init__(self, connections: int) -> None:
        self._sockets: WeakSet[socket.socket] = WeakSet()
        super().__init__(pool_connections=1, pool_maxsize=connections)

    def abort(self) -> None:
        """End every connection; whoever reads from one gets an error at once."""
        for open_socket in list(self._sockets):
            with suppress(OSError, ValueError):
                open_socket.shutdown(socket.SHUT_RDWR)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self._remember_sockets(self.poolmanager)

    def proxy_manager_for(self, *args: Any, **options: Any) -> PoolManager:
        manager: PoolManager = super().proxy_manager_for(*args, **options)
        self._remember_sockets(manager)
        return manager

    def _remember_sockets(self, manager: PoolManager) -> None:
        sockets = self._sockets

        class Plain(HTTPConnection):
            def connect(self) -> None:
                super().connect()
                sockets.add(self.sock)

        class Tls(HTTPSConnection):
            def connect(self) -> None:
                super().connect()
                sockets.add(self.sock)

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain

        class TlsPool(HTTPSConnectionPool):
            ConnectionCls = Tls

        manager.pool_classes_by_scheme = {"http": PlainPool, "https": TlsPool}
