"""A fault strikes the requests it is due for, and no others."""

from __future__ import annotations

import time

from asking import Asker


def test_statuses_strike_when_they_are_due(ask: Asker) -> None:
    for fault, expected in (
        ("503,after=1,times=2", [200, 503, 503, 200]),
        ("500,every=3", [200, 200, 500, 200, 200, 500]),
        ("404", [404, 404]),
        ("502,page=2", [200]),
        ("401,stream=member_visits", [200]),
    ):
        ask.api.change(fault=[fault])
        assert [ask.get().status_code for _ in expected] == expected
    ask.api.change(fault=["403,stream=member_visits", "400,after=1,times=1"])
    assert [ask.get("member_visits").status_code, ask.get().status_code] == [403, 400]
    ask.api.change(fault=["504,seconds=0.05"])
    assert ask.get().status_code == 504
    time.sleep(0.06)
    assert ask.get().status_code == 200
