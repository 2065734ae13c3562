"""Each reading of what the contract leaves open does what its option says, and only that."""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from asking import Asker, ids


def _epoch(text: str) -> str:
    return f"{datetime.fromisoformat(text).timestamp():.6f}"


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


@pytest.mark.parametrize("order", ["latest", "oldest"])
def test_sort_is_always_the_same(ask: Asker, order: str) -> None:
    expected = ids(ask.page(sort=order))
    ask.api.change(sort=order)
    assert ids(ask.page(sort="oldest")) == ids(ask.page(sort="latest")) == expected


def test_the_name_filter(ask: Asker) -> None:
    asked = {"events[]": ["post.liked", "spaces.joined"]}
    ask.api.change(name_filter="ignored")
    assert ids(ask.page(**asked)) == ids(ask.page())
    ask.api.change(name_filter="last")
    assert {record["name"] for record in ask.page(**asked)} == {"spaces.joined"}
    ask.api.change(name_filter="honoured", name_param="plain")
    assert ids(ask.page(**asked)) == ids(ask.page())


@pytest.mark.parametrize(
    ("resolution", "decimals"), [("seconds", 0), ("milliseconds", 3), ("microseconds", 6)]
)
@pytest.mark.parametrize("offset", ["Z", "+00:00", "-06:00"])
def test_times(ask: Asker, resolution: str, decimals: int, offset: str) -> None:
    exact = ask.api.ids()
    ask.api.change(resolution=resolution, offset=offset)
    shape = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d" + (rf"\.\d{{{decimals}}}" if decimals else "")
    unit = 10**-decimals
    for record in ask.page():
        for key in ("created_at", "triggered_at"):
            assert re.fullmatch(shape + re.escape(offset), record[key])
        moment = datetime.fromisoformat(exact[record["id"]])
        assert 0 <= (moment - datetime.fromisoformat(record["created_at"])).total_seconds() < unit
    middle = ask.page(sort="oldest")[400]["created_at"]
    assert all(
        datetime.fromisoformat(record["created_at"]) > datetime.fromisoformat(middle)
        for record in ask.page(created_at_gt=middle)
    )


def test_times_that_are_shown_coarser_than_they_are_stored(ask: Asker) -> None:
    ask.api.change(text_resolution="seconds")
    record = ask.page(sort="oldest")[400]
    assert re.fullmatch(r".*T\d\d:\d\d:\d\dZ", record["created_at"])
    assert record["id"] in ids(ask.page(created_at_gt=record["created_at"]))


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


def test_rows_vanish_while_the_list_is_read(ask: Asker) -> None:
    ask.api.change(delete="0.2,after=2")
    pages = [ids(page) for page in ask.chain(per_page=100, sort="oldest")]
    truth, stayed = ask.api.ids(), ask.api.ids(throughout=1)
    read = {identity for page in pages for identity in page}
    assert 650 < len(stayed) < 800
    assert set(pages[0] + pages[1]) == set(list(truth)[:200])  # as it was until then
    assert len(set(stayed) - read) > 50  # skipped by an offset that counts what is left
    assert stayed.items() <= truth.items()
    assert ask.api.ids(visible=1) == stayed
    assert set(ids(ask.page())) == set(stayed)


def test_rows_surface_while_the_list_is_read(ask: Asker) -> None:
    ask.api.change(surface="0.2")
    pages = [ids(page) for page in ask.chain(per_page=100, sort="oldest")]
    throughout, read = ask.api.ids(throughout=1), [i for page in pages for i in page]
    assert 650 < len(throughout) < 800
    assert set(throughout) <= set(read)
    assert len(read) - len(set(read)) > 50  # rows that were pushed down come twice
    assert ask.api.ids(visible=1) == ask.api.ids()
    assert sorted(ids(ask.page())) == sorted(ask.api.ids())
