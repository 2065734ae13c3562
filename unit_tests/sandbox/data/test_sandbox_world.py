"""It grows with the service's clock."""

from __future__ import annotations

import pytest
from asking import NOON, SMALL, Asker, at

from sandbox import Sandbox


def test_it_grows_with_the_clock_the_same_in_whatever_steps(fresh: Asker) -> None:
    before = fresh.api.ids()
    fresh.api.change(growth=900.0)
    for minutes in (1, 7, 30):
        fresh.api.change(clock_offset=at(NOON) + 60 * minutes)
        assert 540 * minutes - 1 <= len(fresh.api.ids()) - len(before) < 541 * minutes + 30
    grown = {i: at for i, at in fresh.api.ids().items() if at < "2025-06-01T12:29:00"}
    new = fresh.page(created_at_gt=NOON)
    assert len({record["name"] for record in new}) > 20
    assert "community_member.create" in {record["name"] for record in new}
    with Sandbox(SMALL.changed({"growth": 900.0, "clock_offset": at(NOON) + 3600})) as api:
        assert {i: at for i, at in api.ids().items() if at < "2025-06-01T12:29:00"} == grown


def test_growth_since_long_ago_is_refused() -> None:
    with pytest.raises(ValueError, match="growth"), Sandbox(SMALL.changed({"growth": 900.0})):
        pass


def test_growth_that_changes_leaves_what_was_there(fresh: Asker) -> None:
    fresh.api.change(growth=900.0)
    fresh.api.change(clock_offset=at(NOON) + 600)
    before = fresh.api.ids()
    fresh.api.change(growth=0.0)
    fresh.api.change(clock_offset=at(NOON) + 6000)
    after = fresh.api.ids()
    assert before.items() <= after.items()
    assert len(after) - len(before) < 20
    fresh.api.change(growth=60.0)
    fresh.api.change(clock_offset=at(NOON) + 6600)
    new = [at for identity, at in fresh.api.ids().items() if identity not in after]
    assert 350 < len(new) < 370
    assert min(new) >= "2025-06-01T13:39"
