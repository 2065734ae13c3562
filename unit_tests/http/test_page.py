"""A body is a page or an error, and records keep their values."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from source_circle_events.http.page import NotAPageError, Page, page_of

UTF8 = {"Content-Type": "application/json; charset=utf-8"}
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
records = st.lists(
    st.fixed_dictionaries(
        {"id": values, "x": values}, optional={"name": values, "created_at": values}
    ),
    max_size=4,
)


def page_with(record: str | bytes) -> Page:
    text = record if isinstance(record, bytes) else record.encode()
    return page_of(b'{"pagination": {}, "events": [' + text + b"]}", UTF8)


def page(*rows: Any) -> Page:
    return page_of(json.dumps({"events": rows, "pagination": {}}).encode(), UTF8)


def rows_of(page: Page) -> list[Any]:
    return [json.loads(bytes(row)) for row in page.rows]


@settings(max_examples=100, deadline=None)
@given(records, st.sampled_from([None, 0, 2]), st.booleans())
def test_records_are_the_same_as_read_by_the_standard_library(
    rows: list[dict[str, Any]], indent: int | None, ascii_: bool
) -> None:
    text = json.dumps({"events": rows, "pagination": {}}, indent=indent, ensure_ascii=ascii_)

    read = page_of(text.encode(), UTF8)

    nulls = json.loads(json.dumps(rows), parse_constant=lambda _: None)
    assert rows_of(read) == nulls
    assert not any(b"\n" in row or b"\r" in row for row in map(bytes, read.rows))
    for row, identity, name in zip(nulls, read.ids, read.names, strict=True):
        usable = row["id"] and type(row["id"]) in (str, int)
        assert identity == (row["id"] if usable else None)
        assert name == (row.get("name") if isinstance(row.get("name"), str) else None)


@pytest.mark.parametrize(
    ("record", "read"),
    [
        ('{"x":NaN,"y":[Infinity,-Infinity]}', {"x": None, "y": [None, None]}),
        (f'{{"x":NaN,"n":{10**30}}}', {"x": None, "n": 10**30}),
        (
            '{"y":"\\ud83d\\ude00","z":"\\\\ud800", "x": "\\ud800"}',
            {"y": "😀", "z": "\\ud800", "x": "?"},
        ),
        ('{"x":"\\ud800","y":1e999}', {"x": "?", "y": None}),
        ('{"x":"a\tb\nc"}', {"x": "a\tb\nc"}),
        (b'{"x":"a\xffb"}', {"x": "a\ufffdb"}),
        (b'{"\xff":{"y":"\xed\xa0\x80"}}', {"\ufffd": {"y": "\ufffd\ufffd\ufffd"}}),
        (b'{"x":"%b\xc3"}' % ("é" * 40_000).encode(), {"x": "é" * 40_000 + "\ufffd"}),
    ],
)
def test_a_record_that_is_nearly_json_is_repaired(record: str | bytes, read: Any) -> None:
    assert rows_of(page_with(record)) == [read]


@pytest.mark.parametrize(
    ("encoding", "charset"),
    [
        ("utf-8-sig", ""),
        ("utf-16", "; charset=utf-16"),
        ("latin-1", "; charset=ISO-8859-1"),
        ("utf-8", "; charset=ISO-8859-1"),
    ],
)
def test_another_encoding_is_decoded_by_its_charset(encoding: str, charset: str) -> None:
    text = '{"pagination": {}, "events": [{"x": "é"}]}'.encode(encoding)

    assert rows_of(page_of(text, {"Content-Type": f"application/json{charset}"})) == [{"x": "é"}]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<html></html>",
        "[]",
        "{}",
        '{"events": null, "pagination": {}}',
        '{"events": ["x"], "pagination": {}}',
        '{"events": [null], "pagination": {}}',
        '{"events": [{}]}',
        '{"events": [], "pagination": []}',
        '{"events": [{"id": "1", "creat',
        '{"events": [], "pagination": {}} x',
    ],
)
def test_an_invalid_body_is_an_error_and_not_an_empty_page(text: str) -> None:
    with pytest.raises(NotAPageError):
        page_of(text.encode(), UTF8)


@pytest.mark.parametrize(
    ("texts", "resolution"),
    [
        (["2025-01-01T00:00:00Z", "2025-01-01"], timedelta(seconds=1)),
        (["2025-01-01T00:00:00Z", "2025-01-01T00:00:00.000Z"], timedelta(milliseconds=1)),
        (["2025-01-01T00:00:00.120000Z"], timedelta(microseconds=1)),
        (["2025-01-01T00:00:00.123456789+01:00"], timedelta(microseconds=1)),
        (["yesterday.123456", None, 5], timedelta(seconds=1)),
        ([], timedelta(seconds=1)),
    ],
)
def test_the_resolution_is_the_finest_unit_on_the_page(
    texts: list[Any], resolution: timedelta
) -> None:
    assert page(*({"created_at": text} for text in texts)).resolution == resolution


def test_times_are_in_utc_and_none_if_they_are_invalid() -> None:
    texts = ["2025-01-01T06:00:00+06:00", "2025-01-01T00:00:00", "0001-01-01T00:00:00+10:00", 5]

    new_year = datetime(2025, 1, 1, tzinfo=UTC)
    dates = page(*({"created_at": text} for text in texts)).created_at
    assert dates == [new_year, new_year, None, None]
