"""A body is a page or an error; records leave as the bytes that came.

Contracts held here: both ways of reading give the records that the standard library reads; a record
is whole or loud; nothing that is no page passes for one.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from source_circle_events.http.page import NotAPageError, UnusableLinkError, page_of

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


def body(record: str | bytes) -> bytes:
    text = record if isinstance(record, bytes) else record.encode()
    return b'{"pagination": {}, "events": [' + text + b"]}"


def only(record: str | bytes):
    (row,) = page_of(body(record), UTF8).rows
    return json.loads(bytes(row))


def page(*rows, **pagination):
    return page_of(json.dumps({"events": rows, "pagination": pagination}).encode(), UTF8)


def plain(value):
    """What JSON can hold of a value: NaN and Infinity are null."""
    return json.loads(json.dumps(value), parse_constant=lambda _: None)


@settings(max_examples=300, deadline=None)
@given(records, st.sampled_from([None, 0, 2]), st.booleans())
def test_given_any_page_then_its_records_are_those_of_the_standard_library(rows, indent, ascii_):
    text = json.dumps({"events": rows, "pagination": {}}, indent=indent, ensure_ascii=ascii_)

    read = page_of(text.encode(), UTF8)

    assert [json.loads(row) for row in map(bytes, read.rows)] == [plain(row) for row in rows]
    assert not any(b"\n" in row or b"\r" in row for row in map(bytes, read.rows))
    for row, identity, name in zip(rows, read.ids, read.names, strict=True):
        whole = isinstance(row["id"], int) and not isinstance(row["id"], bool)
        tells = row["id"] and (whole or isinstance(row["id"], str))
        assert identity == (row["id"] if tells else None)
        assert name == (row.get("name") if isinstance(row.get("name"), str) else None)


def test_given_a_good_record_then_its_bytes_are_those_that_came():
    record = b'{"z":1.10,"id":"a","n":12345678901234567890123,"t":"\\u003c\xc3\xa9"}'

    assert list(map(bytes, page_of(body(record), UTF8).rows)) == [record]


@pytest.mark.parametrize(
    ("record", "read"),
    [
        ('{"x":NaN,"y":[Infinity,-Infinity]}', {"x": None, "y": [None, None]}),
        ('{"x":1e999,"y":-1E+0400}', {"x": "1e999", "y": "-1E+0400"}),
        ('{"x": 1e308,"u":"3e123"}', {"x": 1e308, "u": "3e123"}),
        ('{"x":%s}' % ("9" * 5000), {"x": "9" * 5000}),
        (
            '{"x":"\\ud800!","y":"\\ud83d\\ude00","z":"\\\\ud800"}',
            {"x": "\ufffd!", "y": "😀", "z": "\\ud800"},
        ),
        ('{"x":"a\tb\nc"}', {"x": "a\tb\nc"}),
        (b'{"x":"a\xffb"}', {"x": "a\ufffdb"}),
        (b'{"\xff":{"y":"\xed\xa0\x80"}}', {"\ufffd": {"y": "\ufffd\ufffd\ufffd"}}),
        ('{"x":"%s"}' % ("é" * 40_000), {"x": "é" * 40_000}),
        (b'{"x":"%b\xc3"}' % ("é" * 40_000).encode(), {"x": "é" * 40_000 + "\ufffd"}),
    ],
)
def test_given_a_record_that_is_nearly_json_then_it_is_mended_and_nothing_else_is(record, read):
    assert only(record) == read


@pytest.mark.parametrize(
    ("encoding", "content_type"),
    [
        ("utf-8-sig", "application/json"),
        ("utf-16", "application/json"),
        ("utf-32", "application/json; charset=utf-8"),
        ("utf-16-le", "application/json; charset=utf-16le"),
        ("latin-1", "application/json; charset=ISO-8859-1"),
        ("utf-8", "application/json; charset=ISO-8859-1"),
    ],
)
def test_given_another_encoding_then_the_accents_are_right(encoding, content_type):
    text = '{"pagination": {}, "events": [{"x": "é"}]}'.encode(encoding)

    (row,) = page_of(text, {"Content-Type": content_type}).rows

    assert json.loads(bytes(row)) == {"x": "é"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        "<html></html>",
        "[]",
        "{}",
        '{"events": null, "pagination": {}}',
        '{"events": {}, "pagination": {}}',
        '{"events": ["x"], "pagination": {}}',
        '{"events": [[1]], "pagination": {}}',
        '{"events": [null], "pagination": {}}',
        '{"events": [{}], "pagination": null}',
        '{"events": [{}]}',
        '{"events": [], "pagination": []}',
        '{"events": [{"a": 1}], "events": [], "pagination": {}}',
        '{"events": [{"a": 1}], "\\u0065vents": [], "pagination": {}}',
        '{"events":[{"a":1},{"b":1}],"pagination":{},"events":[{"a":1}]}',
        '{"events":[{"a":1}],"pagination":{},"events":[{"a":1}]}',
        '{"events": [], "pagination": {"next_page_uri": "?p=2"}, "pagination": {}}',
        '{"events": [{"id": "1", "creat',
        '{"events": [], "pagination": {}} x',
        '{"events": [{"x": %s}], "pagination": {}}' % ("[" * 100_000),
    ],
)
def test_given_what_is_no_page_then_it_is_an_error_and_not_an_empty_page(text):
    with pytest.raises(NotAPageError):
        page_of(text.encode(), UTF8)


@pytest.mark.parametrize("link", ["/events/page/2", 2, {}])
def test_given_a_link_without_a_query_then_it_cannot_be_followed(link):
    with pytest.raises(UnusableLinkError):
        page(next_page_uri=link)


def test_given_a_link_then_its_query_stays_as_it_came():
    link = "https://elsewhere.test/x?page=2&x=a%2Fb#top"

    assert page(next_page_uri=link).next_query == "page=2&x=a%2Fb"


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
def test_given_times_then_the_finest_unit_that_is_shown(texts, resolution):
    assert page(*({"created_at": text} for text in texts)).resolution == resolution


def test_given_times_then_they_are_in_utc_and_none_where_there_is_none():
    texts = ["2025-01-01T06:00:00+06:00", "2025-01-01T00:00:00", "0001-01-01T00:00:00+10:00", 5]

    new_year = datetime(2025, 1, 1, tzinfo=UTC)
    dates = page(*({"created_at": text} for text in texts)).created_at
    assert dates == [new_year, new_year, None, None]
