"""Pages hold 2000 rows at most, links are there only where a page is, chains hold every row once."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from asking import NOON, SMALL, STREAMS, Asker, ids

from sandbox import Options, Sandbox


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


@pytest.mark.parametrize("form", ["absolute", "relative", "query"])
@pytest.mark.parametrize("paging", ["page", "cursor"])
def test_links(ask: Asker, form: str, paging: str) -> None:
    ask.api.change(link_form=form, link_paging=paging)
    asked = {"sort": "oldest", "per_page": 200, "events[]": ["post.liked", "post.comment.liked"]}
    link = ask.get(**asked, page=1).json()["pagination"].get("next_page_uri", "")
    pages = ask.chain(**{**asked, "per_page": 50})
    assert [ids(page) for page in pages if page] == [
        ids(ask.page(**{**asked, "per_page": 50}, page=number + 1)) for number in range(len(pages))
    ]
    link = ask.get(**{**asked, "per_page": 50}).json()["pagination"]["next_page_uri"]
    parts = urlsplit(link)
    assert bool(parts.netloc) == (form == "absolute")
    assert bool(parts.path) == (form != "query")
    assert set(parse_qs(parts.query)) == (
        {"cursor"}
        if paging == "cursor"
        else {"sort", "per_page", "events[]", "base_timestamp", "page"}
    )
    assert ask.get(cursor="no such").status_code == 400


def test_empty_pages_lose_nothing(ask: Asker) -> None:
    everything = ids(ask.page())
    for every in (2, 3):
        ask.api.change(empty_page_every=every)
        pages = ask.chain(per_page=100)
        assert [identity for page in pages for identity in ids(page)] == everything
        assert [number + 1 for number, page in enumerate(pages) if not page] == list(
            range(every, len(pages), every)
        )


def test_repeated_pages_repeat_their_rows(ask: Asker) -> None:
    plain = [ids(page) for page in ask.chain(per_page=100)]
    ask.api.change(repeat_page_every=2)
    pages = [ids(page) for page in ask.chain(per_page=100)]
    assert pages == [plain[n] for n in (0, 1, 1, 2, 3, 3, 4, 5, 5, 6, 7, 7, 8)]
    ask.api.change(empty_page_every=4)
    assert [page for page in map(ids, ask.chain(per_page=100)) if page] == pages


def test_the_service_caps_the_rows_of_a_page(ask: Asker) -> None:
    everything = ids(ask.page())
    ask.api.change(per_page_maximum=130)
    pages = ask.chain(per_page=400)
    assert [len(page) for page in pages] == [130] * 6 + [120]
    assert [identity for page in pages for identity in ids(page)] == everything


@pytest.mark.parametrize("paging", ["page", "cursor"])
def test_ragged_pages_cover_every_row_once(ask: Asker, paging: str) -> None:
    everything = ids(ask.page())
    ask.api.change(ragged_pages=True, link_paging=paging)
    for per_page in (1000, 40):
        pages = ask.chain(per_page=per_page)
        sizes = [len(page) for page in pages]
        assert [identity for page in pages for identity in ids(page)] == everything
        assert 1 <= min(sizes) <= max(sizes) <= per_page
        assert len(set(sizes)) > 1
        assert [len(page) for page in ask.chain(per_page=per_page)] == sizes
