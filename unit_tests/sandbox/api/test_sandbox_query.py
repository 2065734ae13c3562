"""The bounds, the order and the names a request asks for, in each reading of the contract.

As documented, base_timestamp and created_at_gt are exclusive, from_date and to_date are not.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from asking import Asker, ids


def _epoch(text: str) -> str:
    return f"{datetime.fromisoformat(text).timestamp():.6f}"


@pytest.mark.parametrize(
    "wrong",
    [
        {"created_at_gt": "yesterday"},
        {"from_date": "2025-13-01"},
        {"to_date": "12"},
        {"base_timestamp": "noon"},
        {"base_timestamp": "nan"},
        {"sort": "newest"},
        {"per_page": "0"},
        {"per_page": "many"},
        {"page": "-1"},
        {"events[]": "no.such.event"},
    ],
)
def test_a_parameter_that_is_none_is_refused(ask: Asker, wrong: dict[str, str]) -> None:
    answer = ask.get(**wrong)
    assert answer.status_code == 400
    assert next(iter(wrong)).removesuffix("[]") in answer.json()["message"]


def test_base_timestamp(ask: Asker) -> None:
    records = ask.page(sort="oldest")
    edge = _epoch(records[400]["created_at"])
    for reading, count in (("strict", 400), ("inclusive", 401), ("ignored", len(records))):
        ask.api.change(base_timestamp=reading)
        assert len(ask.page(sort="oldest", base_timestamp=edge)) == count
    ask.api.change(base_timestamp="strict", base_timestamp_field="triggered_at")
    got = ask.page(sort="oldest", base_timestamp=edge)
    earlier = [r["id"] for r in records if r["triggered_at"] < records[400]["created_at"]]
    assert ids(got) == earlier
    assert len(earlier) > 401  # it is a superset: rows stored later, which had happened before


def test_created_at_gt_and_dates(ask: Asker) -> None:
    records = ask.page(sort="oldest")
    edge = records[400]["created_at"]
    for reading, first in (("strict", 401), ("inclusive", 400), ("ignored", 0)):
        ask.api.change(created_at_gt=reading)
        assert ids(ask.page(sort="oldest", created_at_gt=edge)) == ids(records[first:])
    ask.api.change(dates="ignored")
    assert len(ask.page(from_date=edge, to_date=edge)) == len(records)


def test_bounds(ask: Asker) -> None:
    records = ask.page(sort="oldest")
    edge = records[400]["created_at"]
    epoch = f"{datetime.fromisoformat(edge).timestamp():.6f}"
    assert ids(ask.page(sort="oldest", base_timestamp=epoch)) == ids(records[:400])
    assert ids(ask.page(sort="oldest", created_at_gt=edge)) == ids(records[401:])
    assert ids(ask.page(sort="oldest", from_date=edge)) == ids(records[400:])
    assert ids(ask.page(sort="oldest", to_date=edge)) == ids(records[:401])
    shifted = datetime.fromisoformat(edge).astimezone(tz=None).isoformat()
    assert ids(ask.page(sort="oldest", created_at_gt=shifted)) == ids(records[401:])


@pytest.mark.parametrize("order", ["latest", "oldest"])
def test_sort_is_always_the_same(ask: Asker, order: str) -> None:
    expected = ids(ask.page(sort=order))
    ask.api.change(sort=order)
    assert ids(ask.page(sort="oldest")) == ids(ask.page(sort="latest")) == expected


@pytest.mark.parametrize("spelling", ["events[]", "events"])
def test_names_filter_in_either_spelling(ask: Asker, spelling: str) -> None:
    wanted = {"post.liked", "spaces.joined"}
    got = [r for page in ask.chain(**{spelling: sorted(wanted), "per_page": 20}) for r in page]
    assert ids(got) == [r["id"] for r in ask.page() if r["name"] in wanted]
    assert {record["name"] for record in got} == wanted
    views: list[dict[str, Any]] = ask.page("analytics_tracker_events", **{spelling: "PageView"})
    assert {record["name"] for record in views} == {"PageView"}


def test_the_name_filter(ask: Asker) -> None:
    asked = {"events[]": ["post.liked", "spaces.joined"]}
    ask.api.change(name_filter="ignored")
    assert ids(ask.page(**asked)) == ids(ask.page())
    ask.api.change(name_filter="last")
    assert {record["name"] for record in ask.page(**asked)} == {"spaces.joined"}
    ask.api.change(name_filter="honoured", name_param="plain")
    assert ids(ask.page(**asked)) == ids(ask.page())
