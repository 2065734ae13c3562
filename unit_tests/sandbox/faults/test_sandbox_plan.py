"""A fault strikes the requests it is due for, and no others."""

from __future__ import annotations

import pytest
from asking import Asker


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("503,after=1,times=2", [200, 503, 503, 200]),
        ("500,every=3", [200, 200, 500, 200, 200, 500]),
        ("404", [404, 404]),
        ("502,page=2", [200]),
        ("401,stream=member_visits", [200]),
    ],
)
def test_a_fault_strikes_when_it_is_due(ask: Asker, fault: str, expected: list[int]) -> None:
    ask.api.change(fault=[fault])
    assert [ask.get().status_code for _ in expected] == expected


def test_each_fault_counts_what_it_meets(ask: Asker) -> None:
    ask.api.change(fault=["403,stream=member_visits", "400,after=1,times=1"])
    assert [ask.get("member_visits").status_code, ask.get().status_code] == [403, 400]
