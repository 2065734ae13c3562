"""What a request asks for, in each reading of the API: token, bounds, order, names, pages."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from sandbox import Options, Sandbox
from unit_tests.sandbox.conftest import Asker


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer wrong"}])
def test_a_wrong_token_is_refused_and_no_token_is_logged(
    ask: Asker, header: dict[str, str]
) -> None:
    url = f"{ask.api.base_url}/events?key={ask.api.token}"
    assert requests.get(url, headers=header, timeout=5).status_code == 401
    assert ask.api.token not in repr(ask.api.requests())


@pytest.mark.parametrize(
    "name", ["created_at_gt", "base_timestamp", "sort", "per_page", "events[]"]
)
def test_a_wrong_parameter_is_refused(ask: Asker, name: str) -> None:
    assert ask.get(**{name: "wrong"}).status_code == 400


@pytest.mark.parametrize(
    ("option", "reading", "asked", "found"),
    [
        ("base_timestamp", "strict", "base_timestamp", slice(0, 400)),
        ("base_timestamp", "inclusive", "base_timestamp", slice(0, 401)),
        ("base_timestamp", "ignored", "base_timestamp", slice(0, 900)),
        ("created_at_gt", "strict", "created_at_gt", slice(401, 900)),
        ("created_at_gt", "inclusive", "created_at_gt", slice(400, 900)),
        ("created_at_gt", "ignored", "created_at_gt", slice(0, 900)),
    ],
)
def test_a_bound_in_each_reading(
    ask: Asker, option: str, reading: str, asked: str, found: slice
) -> None:
    records = ask.records(sort="oldest")
    edge = datetime.fromisoformat(records[400]["created_at"])
    text = f"{edge.timestamp():.6f}" if asked == "base_timestamp" else edge.isoformat()
    ask.api.change(**{option: reading})
    assert ask.records(sort="oldest", **{asked: text}) == records[found]


@pytest.mark.parametrize("stream", ["events", "member_visits", "analytics_tracker_events"])
@pytest.mark.parametrize("sort", ["latest", "oldest"])
def test_pages_hold_every_row_once_in_order(ask: Asker, stream: str, sort: str) -> None:
    records = [r for page in ask.pages(stream, sort=sort, per_page=70) for r in page]
    assert len(records) == len(ask.api.ids(stream))
    assert {record["id"]: record["created_at"] for record in records} == ask.api.ids(stream)
    times = [record["created_at"] for record in records]
    assert times == sorted(times, reverse=sort == "latest")


@pytest.mark.parametrize("form", ["absolute", "relative", "query"])
@pytest.mark.parametrize("paging", ["page", "cursor"])
def test_forms_of_links(ask: Asker, form: str, paging: str) -> None:
    asked: dict[str, Any] = {"sort": "oldest", "per_page": 50, "events[]": ["post.liked"]}
    expected = ask.records(**asked | {"per_page": 2_000})
    ask.api.change(link_form=form, link_paging=paging)
    assert [record for page in ask.pages(**asked) for record in page] == expected
    link = urlsplit(ask.get(per_page=50).json()["pagination"]["next_page_uri"])
    assert (bool(link.netloc), bool(link.path)) == (form == "absolute", form != "query")
    assert ("page" in parse_qs(link.query)) == (paging == "page")


@pytest.mark.parametrize(
    ("options", "sizes"),
    [
        ({"per_page_maximum": 400}, [400, 400, 100]),
        ({"empty_page_every": 2}, [450, 0, 450]),
    ],
)
def test_sizes_of_pages(ask: Asker, options: dict[str, int], sizes: list[int]) -> None:
    ask.api.change(**options)
    assert [len(page) for page in ask.pages(per_page=450)][: len(sizes)] == sizes


def test_pages_beyond_the_depth_limit_are_refused(ask: Asker) -> None:
    ask.api.change(depth_limit=100)
    assert [ask.get(per_page=50, page=page).status_code for page in (1, 2, 3)] == [200, 200, 400]


def test_ragged_pages_hold_every_row_once(ask: Asker) -> None:
    expected = ask.ids()
    ask.api.change(ragged_pages=True)
    assert ask.ids(per_page=100) == expected
    assert len({len(page) for page in ask.pages(per_page=100)}) > 5


@pytest.mark.parametrize("decimals", [0, 3, 6])
@pytest.mark.parametrize("offset", ["Z", "-06:00"])
def test_how_times_are_written(ask: Asker, decimals: int, offset: str) -> None:
    exact = ask.api.ids()
    ask.api.change(
        resolution={0: "seconds", 3: "milliseconds", 6: "microseconds"}[decimals], offset=offset
    )
    for record in ask.records():
        text = record["created_at"].removesuffix(offset)
        assert len(text.partition(".")[2]) == decimals
        late = datetime.fromisoformat(exact[record["id"]]) - datetime.fromisoformat(text + offset)
        assert 0 <= late.total_seconds() < 10**-decimals


def test_too_many_requests_are_refused() -> None:
    with Sandbox(Options(events=3, rate_limit=3)) as api:
        ask = Asker(api)
        assert [ask.get().status_code for _ in range(4)] == [200, 200, 200, 429]
        assert 1 <= int(ask.get().headers["Retry-After"]) <= 60


@pytest.mark.parametrize(
    "wrong",
    [{"fault": ["418x"]}, {"odd": ["strange"]}, {"lag": "much"}, {"no_such_option": 1}],
)
def test_a_wrong_option_changes_nothing(ask: Asker, wrong: dict[str, object]) -> None:
    before = ask.api.options()
    answer = requests.post(f"{ask.api.origin}/_sandbox/options", json=wrong, timeout=5)
    assert answer.status_code == 400
    assert ask.api.options() == before


def test_a_seed_makes_one_history(ask: Asker) -> None:
    options = ask.api.options()
    with Sandbox(Options(**options)) as again, Sandbox(Options(**options | {"seed": 8})) as other:
        assert Asker(again).records() == ask.records()
        assert not other.ids().keys() & ask.api.ids().keys()
