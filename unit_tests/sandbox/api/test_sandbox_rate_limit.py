"""600 requests a minute, then 429, which says in each way how long to wait."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from asking import STREAMS, Asker

from sandbox import Options, Sandbox


@pytest.mark.parametrize("window", ["sliding", "fixed"])
def test_too_many_requests_are_refused(window: str) -> None:
    with Sandbox(Options(events=1, visits=0, tracker=0, rate_limit=3)) as api:
        ask = Asker(api)
        api.change(rate_window=window)
        assert [ask.get(stream).status_code for stream in STREAMS] == [200] * 3
        refused = ask.get()
        if refused.status_code == 200:  # a clock minute began meanwhile
            refused = [ask.get() for _ in range(3)][-1]
        assert refused.status_code == 429
        assert 1 <= int(refused.headers["Retry-After"]) <= 60
        api.change(rate_limit=0)
        assert ask.get().status_code == 200


def test_waiting_is_said_in_each_way(ask: Asker) -> None:
    said: dict[str, Any] = {}
    for header in ("retry-after", "retry-date", "reset", "reset-delta", "none"):
        ask.api.change(fault=[f"429,wait=30,header={header}"])
        headers = ask.get().headers
        said[header] = headers.get("Retry-After") or headers.get("X-RateLimit-Reset")
    assert said["retry-after"] == said["reset-delta"] == "30"
    assert said["none"] is None
    for moment in (parsedate_to_datetime(said["retry-date"]).timestamp(), float(said["reset"])):
        assert 25 < moment - time.time() < 35
