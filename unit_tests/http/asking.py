"""Requests a page from a mocked service or from sockets on loopback."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from socket import socket
from typing import Any

import pytest
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_circle_events.config import Config
from source_circle_events.http.client import CircleClient
from source_circle_events.http.page import Page
from source_circle_events.http.rate_limit import RateLimiter
from source_circle_events.http.retry import SYNC
from unit_tests.conftest import EVENTS

QUICK = replace(SYNC, first_wait=0.0, connect=2, read=0.5, answer=1.0)
ONCE = replace(QUICK, tries=1)
BODY = b'{"pagination": {}, "events": [{"id": "a"}]}'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
Answer = bytes | Callable[[socket, threading.Event], None]


def client(url: str = EVENTS, policy: Any = QUICK) -> CircleClient:
    config = Config.of({"api_token": "secret-token", "base_url": url.rpartition("/")[0]})
    return CircleClient(config, RateLimiter(), policy)


def ask(policy: Any = QUICK, url: str = EVENTS, **parameters: Any) -> Page:
    asking = client(url, policy)
    try:
        return asking.page("events", url, parameters)
    finally:
        asking.close()


def failed(policy: Any = QUICK, url: str = EVENTS) -> tuple[str, str]:
    """Failure type and message of a page that cannot be read."""
    with pytest.raises(AirbyteTracedException) as caught:
        ask(policy, url)
    assert "secret-token" not in str(caught.value.message)
    return caught.value.failure_type.value, str(caught.value.message)


@contextmanager
def service(*answers: Answer) -> Iterator[tuple[str, list[bytes]]]:
    """Gives one of `answers` to each connection: bytes, or a function of the connection. After the
    last one: a good page. Yields the URL and the requests seen."""
    seen: list[bytes] = []
    waiting, done = list(answers), threading.Event()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            seen.append(self.request.recv(65536))
            answer = waiting.pop(0) if waiting else HEAD % len(BODY) + BODY
            if callable(answer):
                answer(self.request, done)
            else:
                self.request.sendall(answer)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/events", seen
        done.set()
        server.shutdown()


def silence(connection: socket, done: threading.Event) -> None:
    done.wait(30)


def drip(connection: socket, done: threading.Event) -> None:
    connection.sendall(HEAD % 1000)
    while not done.wait(0.05):
        try:
            connection.sendall(b" ")
        except OSError:
            return
