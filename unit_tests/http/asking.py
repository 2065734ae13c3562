"""Asks the client for a page, of a mocked service or of sockets on loopback."""

from __future__ import annotations

import socketserver
import threading
from contextlib import contextmanager
from dataclasses import replace

import pytest
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_circle_events.config import Config
from source_circle_events.http.client import CircleClient
from source_circle_events.http.rate_limit import RateLimiter
from source_circle_events.http.retry_policy import SYNC
from unit_tests.conftest import EVENTS

QUICK = replace(SYNC, first_wait=0.0, connect=2, read=0.5, whole=1.5)
BODY = b'{"pagination": {}, "events": [{"id": "a"}]}'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
GOOD = HEAD % len(BODY) + BODY


def client(url=EVENTS, policy=QUICK):
    config = Config.of({"api_token": "secret-token", "base_url": url.rpartition("/")[0]})
    return CircleClient(config, RateLimiter(), policy)


def ask(policy=QUICK, url=EVENTS, **parameters):
    asking = client(url, policy)
    try:
        return asking.page("events", url, parameters)
    finally:
        asking.close()


def failed(policy=QUICK, url=EVENTS, **parameters):
    with pytest.raises(AirbyteTracedException) as caught:
        ask(policy, url, **parameters)
    assert "secret-token" not in str(caught.value.message)
    return caught.value


@contextmanager
def service(*answers):
    """Gives one connection after the other one of `answers`: bytes, or a function of the connection.
    After the last one: a good page. Yields the URL and the requests seen."""
    seen, waiting, done = [], list(answers), threading.Event()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            seen.append(self.request.recv(65536))
            answer = waiting.pop(0) if waiting else GOOD
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


def trickle(connection, done):
    connection.sendall(HEAD % 1000)
    while not done.wait(0.05):
        try:
            connection.sendall(b" ")
        except OSError:
            return


def silence(connection, done):
    done.wait(30)
