"""600 requests a minute, then 429, which says in each way how long to wait."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from typing import Any

from asking import STREAMS, Asker


def test_too_many_requests_are_refused(ask: Asker) -> None:
    ask.api.change(rate_limit=3)
    assert [ask.get(stream).status_code for stream in STREAMS] == [200] * 3
    refused = ask.get()
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    ask.api.change(rate_limit=0)
    assert ask.get().status_code == 200


def test_waiting_is_said_in_each_way(ask: Asker) -> None:
    said: dict[str, Any] = {}
    for header in ("retry-after", "retry-date", "reset", "reset-delta"):
        ask.api.change(fault=[f"429,wait=30,header={header}"])
        headers = ask.get().headers
        said[header] = headers.get("Retry-After") or headers.get("X-RateLimit-Reset")
    assert said["retry-after"] == said["reset-delta"] == "30"
    for moment in (parsedate_to_datetime(said["retry-date"]).timestamp(), float(said["reset"])):
        assert 25 < moment - time.time() < 35
    ask.api.change(fault=["429"])
    assert not {"Retry-After", "X-RateLimit-Reset"} & ask.get().headers.keys()
