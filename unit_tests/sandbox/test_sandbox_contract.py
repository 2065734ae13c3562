"""The documented contract, as a client meets it.

- Without the right bearer token: 401. Another path: 404. A parameter that is none: 400.
- 2000 records a page at most; links only where there is a page; chains hold every row once.
- base_timestamp and created_at_gt are exclusive, from_date and to_date are not.
- Names filter in either spelling. 600 requests a minute, then 429 with Retry-After.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from asking import NOON, SMALL, Asker, ids

from sandbox import Options, Sandbox

STREAMS = ("events", "member_visits", "analytics_tracker_events")


@pytest.mark.parametrize("header", [None, "Bearer wrong", "sandbox-token", "Basic sandbox-token"])
def test_a_wrong_token_is_refused(ask: Asker, header: str | None) -> None:
    headers = {"Authorization": header} if header else {}
    answer = requests.get(f"{ask.api.base_url}/events", headers=headers, timeout=5)
    assert answer.status_code == 401
    assert answer.json()["message"]


def test_another_path_is_not_found(ask: Asker) -> None:
    answer = ask.get("nothing_here")
    assert answer.status_code == 404
    assert answer.json()["message"]


def test_a_stream_is_served_at_another_path_and_only_there(ask: Asker) -> None:
    before = ask.page("member_visits")
    ask.api.change(path=["member_visits=/visits/all"])
    assert ask.page("visits/all") == before
    assert ask.get("member_visits").status_code == 404
    assert ask.get("events").status_code == 200
    assert ask.api.config()["member_visits_path"] == "visits/all"
    assert "events_path" not in ask.api.config()


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


@pytest.mark.parametrize("stream", STREAMS)
@pytest.mark.parametrize("sort", ["latest", "oldest"])
def test_a_chain_holds_every_row_once_in_order(ask: Asker, stream: str, sort: str) -> None:
    pages = ask.chain(stream, sort=sort, per_page=70)
    records = [record for page in pages for record in page]
    truth = ask.api.ids(stream)
    assert {record["id"]: record["created_at"] for record in records} == truth
    assert len(records) == len(truth)
    times = [record["created_at"] for record in records]
    assert times == sorted(times, reverse=sort == "latest")
    assert all(len(page) == 70 for page in pages[:-1])


def test_links_are_there_only_where_a_page_is(ask: Asker) -> None:
    first = ask.get(per_page=450).json()["pagination"]
    assert set(first) == {"next_page_uri"}
    second = ask.follow(first["next_page_uri"]).json()["pagination"]
    assert set(second) == {"previous_page_uri"}
    assert ids(ask.follow(second["previous_page_uri"]).json()["events"]) == ids(
        ask.page(per_page=450)
    )
    assert ask.get(per_page=450, page=3).json() == {"pagination": {}, "events": []}
    assert ask.get().json()["pagination"] == {}


def test_a_page_holds_2000_records_at_most() -> None:
    with Sandbox(Options(events=4100, visits=0, tracker=0, until=NOON)) as api:
        ask = Asker(api)
        assert [len(page) for page in ask.chain()] == [2000, 2000, 100]
        assert len(ask.page(per_page=5000)) == 2000


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


@pytest.mark.parametrize("spelling", ["events[]", "events"])
def test_names_filter_in_either_spelling(ask: Asker, spelling: str) -> None:
    wanted = {"post.liked", "spaces.joined"}
    got = [r for page in ask.chain(**{spelling: sorted(wanted), "per_page": 20}) for r in page]
    assert ids(got) == [r["id"] for r in ask.page() if r["name"] in wanted]
    assert {record["name"] for record in got} == wanted
    views: list[dict[str, Any]] = ask.page("analytics_tracker_events", **{spelling: "PageView"})
    assert {record["name"] for record in views} == {"PageView"}


def test_a_chain_is_consistent_while_rows_come_in() -> None:
    until = datetime.fromisoformat(NOON)
    with Sandbox(
        SMALL.changed({"clock_offset": (until - datetime.now(UTC)).total_seconds()})
    ) as api:
        api.change(growth=6000.0)
        ask, start = Asker(api), api.options()["clock_offset"]
        api.change(clock_offset=start + 60)
        first = ask.get(per_page=500).json()
        api.change(clock_offset=start + 120)
        second = ask.follow(first["pagination"]["next_page_uri"]).json()
        assert not set(ids(first["events"])) & set(ids(second["events"]))
        newest = first["events"][0]["created_at"]
        truth = sorted(api.ids(until=newest).values(), reverse=True)
        assert [record["created_at"] for record in second["events"]] == truth[499:999]


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


def test_the_date_is_there(ask: Asker) -> None:
    ask.api.change(clock_offset=-3600.0)
    said = datetime.strptime(ask.get().headers["Date"], "%a, %d %b %Y %H:%M:%S %Z")
    behind = datetime.now(UTC) - said.replace(tzinfo=UTC)
    assert timedelta(seconds=3590) < behind < timedelta(seconds=3610)


def test_latency_is_for_each_answer_and_not_a_queue(ask: Asker) -> None:
    ask.api.change(latency=0.2)
    began = time.monotonic()
    with ThreadPoolExecutor(5) as pool:
        assert {answer.status_code for answer in pool.map(lambda _: ask.get(), range(5))} == {200}
    assert 0.2 <= time.monotonic() - began < 0.8


def test_answers_are_compressed_if_wanted(ask: Asker) -> None:
    plain = ask.get(base_timestamp="2000000000")
    ask.api.change(gzip=True)
    packed = ask.get(base_timestamp="2000000000")
    assert packed.headers["Content-Encoding"] in ("gzip", "deflate")
    assert packed.json() == plain.json()
    assert "Content-Encoding" not in plain.headers
