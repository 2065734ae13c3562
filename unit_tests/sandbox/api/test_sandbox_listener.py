"""The other host remembers who came and whether the token came too."""

from __future__ import annotations

import requests
from asking import Asker, ids

from sandbox.api.listener import STRANGER, Listener


def test_the_other_host_tells_what_it_was_sent(ask: Asker) -> None:
    with Listener(secret=ask.api.token) as other:
        ask.api.change(fault=[f"redirect,to={other.origin}"])
        answer = ask.get(page=2)
        assert answer.status_code == 302
        assert answer.headers["Location"] == f"{other.origin}/data_api/v1/events?page=2"
        body = ask.follow(answer.headers["Location"]).json()
        assert ids(body["events"]) == [STRANGER]
        requests.get(f"{other.origin}/x", params={"key": ask.api.token}, timeout=5)
        requests.get(f"{other.origin}/y", timeout=5)
    assert [(v.path, v.authorization, v.secret) for v in other.visits] == [
        ("/data_api/v1/events", True, True),
        ("/x", False, True),
        ("/y", False, False),
    ]
    assert ask.api.token not in repr(other.visits)
