"""The side door: what it remembers, what it changes and what it never tells."""

from __future__ import annotations

import json

import pytest
import requests
from asking import Asker

from sandbox import Options, Sandbox


def test_requests_are_remembered_without_the_token() -> None:
    with Sandbox(Options(events=3, visits=0, tracker=0, token="s3cret-token")) as api:
        ask = Asker(api)
        ask.get(per_page=2)
        requests.get(f"{api.base_url}/events?key=s3cret-token", timeout=5)
        logged = api.requests()
        assert "s3cret-token" not in json.dumps([logged, api.options()])
        assert [(e["query"], e["authorization"], e["status"], e["records"]) for e in logged] == [
            ("per_page=2", True, 200, 2),
            ("key=<token>", False, 401, 0),
        ]
        assert api.requests(since=1) == logged[1:]
        assert api.stats() == {"requests": 2, "statuses": {"200": 1, "401": 1}}


@pytest.mark.parametrize(
    "wrong",
    [
        {"fault": ["418x"]},
        {"fault": ["html,when=3"]},
        {"fault": ["html,after=soon"]},
        {"fault": ["redirect"]},
        {"fault": "html"},
        {"odd": ["strange"]},
        {"odd": ["no_id,every=0"]},
        {"lag": "much"},
        {"delete": "some"},
        {"surface": "1.5"},
        {"offset": "UTC"},
        {"instant": ["many@noon"]},
        {"sort": "newest"},
        {"rate_limit": "600"},
        {"no_such_option": 1},
        {"growth": 1e9, "clock_offset": 1e9},
    ],
)
def test_a_wrong_option_changes_nothing(ask: Asker, wrong: dict[str, object]) -> None:
    before = ask.api.options()
    answer = requests.post(f"{ask.api.origin}/_sandbox/options", json=wrong, timeout=5)
    assert answer.status_code == 400
    assert next(iter(wrong)) in answer.json()["message"]
    assert ask.api.options() == before
    assert ask.get().status_code == 200
