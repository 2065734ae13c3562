"""`check`: one request a stream, five seconds, and a sentence that says what to do.

A right token, a wrong one, a wrong address, nobody there: a user who connects for the first time
meets all four, and must be able to tell them apart without a log.
"""

from __future__ import annotations

import socket

from harness.connector import Connector
from harness.protocol import Output
from integration_tests.entrypoints.helpers import in_time
from sandbox import Sandbox


def check(
    console: Connector, api: Sandbox, seconds: float = 5.0, **settings: object
) -> tuple[str, str]:
    """What `check` says; one request a stream, in `seconds`, with no error on the way."""

    def once() -> Output:
        nonlocal asked
        before = api.stats()["requests"]
        output = console.run("check", {**api.config(), **settings})
        asked = api.stats()["requests"] - before
        return output

    asked = 0
    output = in_time(seconds, once)
    assert asked <= 3
    assert (output.code, output.errors) == (0, [])
    return output.status


def test_right_token(console: Connector, api: Sandbox) -> None:
    assert check(console, api) == ("SUCCEEDED", "")


def test_wrong_token(console: Connector, api: Sandbox) -> None:
    status, sentence = check(console, api, api_token="not-the-token")
    assert status == "FAILED"
    assert "token" in sentence
    assert "401" in sentence
    assert "not-the-token" not in sentence


def test_wrong_address(console: Connector, api: Sandbox) -> None:
    status, sentence = check(console, api, base_url=f"{api.origin}/data_api/v9")
    assert status == "FAILED"
    assert "404" in sentence
    assert f"{api.origin}/data_api/v9/events" in sentence
    assert "base_url" in sentence


def test_nobody_listening(console: Connector, api: Sandbox) -> None:
    with socket.socket() as reserved:  # bound and not listening: a connection is refused
        reserved.bind(("127.0.0.1", 0))
        origin = f"http://127.0.0.1:{reserved.getsockname()[1]}"
        status, sentence = check(console, api, 25.0, base_url=f"{origin}/data_api/v1")
    assert status == "FAILED"
    assert f"{origin} cannot be reached" in sentence
    assert "base_url" in sentence
