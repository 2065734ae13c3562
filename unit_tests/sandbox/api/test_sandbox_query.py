"""The bounds, the order and the names a request asks for, in each reading of the contract.

As documented, base_timestamp and created_at_gt are exclusive, from_date and to_date are not.
"""

from __future__ import annotations

from datetime import datetime

import pytest
from asking import Asker, ids


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("created_at_gt", "yesterday"),
        ("from_date", "2025-13-01"),
        ("to_date", "12"),
        ("base_timestamp", "noon"),
        ("base_timestamp", "nan"),
        ("sort", "newest"),
        ("per_page", "0"),
        ("per_page", "many"),
        ("page", "-1"),
        ("events[]", "no.such.event"),
        ("cursor", "no such"),
    ],
)
def test_a_parameter_that_is_none_is_refused(ask: Asker, name: str, value: str) -> None:
    answer = ask.get(**{name: value})
    assert answer.status_code == 400
    assert name.removesuffix("[]") in answer.json()["message"]


@pytest.mark.parametrize(
    ("option", "reading", "asked", "found"),
    [
        ("base_timestamp", "strict", "base_timestamp", slice(0, 400)),
        ("base_timestamp", "inclusive", "base_timestamp", slice(0, 401)),
        ("base_timestamp", "ignored", "base_timestamp", slice(0, 900)),
        ("created_at_gt", "strict", "created_at_gt", slice(401, 900)),
        ("created_at_gt", "inclusive", "created_at_gt", slice(400, 900)),
        ("created_at_gt", "ignored", "created_at_gt", slice(0, 900)),
        ("dates", "honoured", "from_date", slice(400, 900)),
        ("dates", "honoured", "to_date", slice(0, 401)),
        ("dates", "ignored", "from_date", slice(0, 900)),
        ("dates", "ignored", "to_date", slice(0, 900)),
    ],
)
def test_a_bound_in_each_reading(
    ask: Asker, option: str, reading: str, asked: str, found: slice
) -> None:
    records = ask.page(sort="oldest")
    edge = datetime.fromisoformat(records[400]["created_at"]).astimezone(tz=None)
    text = f"{edge.timestamp():.6f}" if asked == "base_timestamp" else edge.isoformat()
    ask.api.change(**{option: reading})
    assert ids(ask.page(sort="oldest", **{asked: text})) == ids(records[found])


@pytest.mark.parametrize("order", ["latest", "oldest"])
def test_sort_is_always_the_same(ask: Asker, order: str) -> None:
    expected = ids(ask.page(sort=order))
    ask.api.change(sort=order)
    assert ids(ask.page(sort="oldest")) == ids(ask.page(sort="latest")) == expected


def test_tracker_events_filter_by_name_too(ask: Asker) -> None:
    views = ask.page("analytics_tracker_events", events="PageView")
    assert {record["name"] for record in views} == {"PageView"}
