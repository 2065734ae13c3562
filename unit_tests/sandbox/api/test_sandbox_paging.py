"""Pages hold 2000 rows at most, links are there only where a page is, chains hold every row once."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from asking import STREAMS, Asker, ids


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
    first = ask.get(per_page=450).json()
    assert set(first["pagination"]) == {"next_page_uri"}
    second = ask.follow(first["pagination"]["next_page_uri"]).json()["pagination"]
    assert set(second) == {"previous_page_uri"}
    assert ask.follow(second["previous_page_uri"]).json()["events"] == first["events"]
    assert ask.get(per_page=450, page=3).json() == {"pagination": {}, "events": []}
    assert ask.get().json()["pagination"] == {}


def test_a_page_holds_2000_records_at_most_or_fewer(ask: Asker) -> None:
    ask.api.change(events=4100)
    assert [len(page) for page in ask.chain(per_page=5000)] == [2000, 2000, 100]
    ask.api.change(per_page_maximum=1300)
    assert [len(page) for page in ask.chain()] == [1300] * 3 + [200]


def test_a_chain_is_consistent_while_rows_come_in(fresh: Asker) -> None:
    start = fresh.api.options()["clock_offset"]
    fresh.api.change(growth=6000.0, clock_offset=start + 60)
    first = fresh.get(per_page=500).json()
    fresh.api.change(clock_offset=start + 120)
    second = fresh.follow(first["pagination"]["next_page_uri"]).json()
    assert not set(ids(first["events"])) & set(ids(second["events"]))
    newest = first["events"][0]["created_at"]
    truth = sorted(fresh.api.ids(until=newest).values(), reverse=True)
    assert [record["created_at"] for record in second["events"]] == truth[499:999]


@pytest.mark.parametrize("form", ["absolute", "relative", "query"])
@pytest.mark.parametrize("paging", ["page", "cursor"])
def test_links(ask: Asker, form: str, paging: str) -> None:
    ask.api.change(link_form=form, link_paging=paging)
    asked = {"sort": "oldest", "per_page": 50, "events[]": ["post.liked", "post.comment.liked"]}
    pages = ask.chain(**asked)
    assert len(pages) > 1
    assert pages == [ask.page(**asked, page=number + 1) for number in range(len(pages))]
    parts = urlsplit(ask.get(**asked).json()["pagination"]["next_page_uri"])
    assert (bool(parts.netloc), bool(parts.path)) == (form == "absolute", form != "query")
    keys = {"cursor"} if paging == "cursor" else {*asked, "base_timestamp", "page"}
    assert set(parse_qs(parts.query)) == keys


@pytest.mark.parametrize(
    ("options", "places"),
    [
        ({"empty_page_every": 2}, [0, None, 1, None, 2, None, 3, None, 4]),
        ({"empty_page_every": 3}, [0, 1, None, 2, 3, None, 4]),
        ({"repeat_page_every": 2}, [0, 1, 1, 2, 3, 3, 4]),
        ({"repeat_page_every": 2, "empty_page_every": 4}, [0, 1, 1, None, 2, 3, 3, None, 4]),
    ],
)
def test_empty_and_repeated_pages(
    ask: Asker, options: dict[str, int], places: list[int | None]
) -> None:
    plain = ask.chain(per_page=200)
    ask.api.change(**options)
    pages = ask.chain(per_page=200)
    assert pages == [[] if place is None else plain[place] for place in places]


@pytest.mark.parametrize("paging", ["page", "cursor"])
@pytest.mark.parametrize("per_page", [1000, 40])
def test_ragged_pages_cover_every_row_once(ask: Asker, paging: str, per_page: int) -> None:
    everything = ids(ask.page())
    ask.api.change(ragged_pages=True, link_paging=paging)
    pages = ask.chain(per_page=per_page)
    assert [identity for page in pages for identity in ids(page)] == everything
    sizes = {len(page) for page in pages}
    assert 1 <= min(sizes) < max(sizes) <= per_page
    assert ask.chain(per_page=per_page) == pages
