"""The manifest's templates hold on the oldest CDK it is tried under, 6.60.

Every condition ends in True or False. A CDK before 7.30 takes one that renders None for a yes: a last
page, which has no link, was refused for ever, or a window ended early, green, with records missing.

`make compatibility` runs the manifest under all of them.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from airbyte_cdk.sources.declarative.interpolation.jinja import JinjaInterpolation
from airbyte_cdk.sources.types import StreamSlice
from requests.structures import CaseInsensitiveDict

from harness.streams import MANIFEST

WINDOW = StreamSlice(
    partition={},
    cursor_slice={
        "start_time": "2025-01-01T00:00:00.000000+0000",
        "end_time": "2025-02-01T00:00:00.000000+0000",
    },
)
ROW = {"id": "1", "created_at": "2025-01-05T10:00:00Z"}
NEXT = {"next_page_uri": "?page=2"}
_DEFINITIONS = MANIFEST["definitions"]
PARAMETERS = {**_DEFINITIONS["retriever"]["$parameters"], "names_key": "event_types"}
INVALID_PAGE, FIREWALL, WEB_PAGE, _ = (
    each["predicate"]
    for handler in _DEFINITIONS["error_handler"]["error_handlers"]
    for each in handler["response_filters"]
    if "predicate" in each
)
NEXT_PAGE = _DEFINITIONS["paginator"]["pagination_strategy"]["cursor_value"]
FILTER = _DEFINITIONS["retriever"]["record_selector"]["record_filter"]["condition"]


def rendered(template: str, **context: Any) -> Any:
    return JinjaInterpolation().eval(template, {}, "False", parameters=PARAMETERS, **context)


@pytest.mark.parametrize(
    ("page", "refused"),
    [
        ({"events": [ROW], "pagination": {}}, False),
        ({"events": [ROW], "pagination": {"next_page_uri": None}}, False),
        ({"events": [ROW], "pagination": NEXT}, False),
        ({"events": [], "pagination": None}, False),
        ({"events": [ROW], "pagination": None}, True),
        ({"events": [ROW], "pagination": {"next_page_uri": "/events"}}, True),
        ({"events": [ROW], "pagination": {"next_page_uri": 2}}, True),
        ({"events": [ROW, "text"], "pagination": {}}, True),
        ({"events": None, "pagination": {}}, True),
        ({}, True),
        ([ROW], True),
        (None, True),
    ],
)
def test_given_a_page_then_the_predicate_says_true_or_false(page, refused):
    assert rendered(INVALID_PAGE, response=page, headers={}) is refused


@pytest.mark.parametrize(
    ("headers", "refused"),
    [
        ({}, False),
        ({"Content-Type": "application/json; charset=utf-8", "Server": "cloudflare"}, False),
        ({"Content-Type": "text/html; charset=utf-8"}, True),
        ({"Content-Type": "application/json", "cf-mitigated": "challenge"}, True),
    ],
)
def test_a_firewall_s_answer_is_told_from_the_api_s(headers, refused):
    answer = CaseInsensitiveDict({name.upper(): value for name, value in headers.items()})
    found = [rendered(each, response={}, headers=answer) for each in (FIREWALL, WEB_PAGE)]
    assert {*found} <= {True, False}
    assert any(found) is refused


def page(*times: str, number: str = "2", after: str = "2025-01-05T09:00:00.000000Z") -> Any:
    """A page of rows with these times, with a link that repeats our own `created_at_gt`."""
    link = f"/x?sort=oldest&created_at_gt={quote(after)}&page={number}&per_page=9"
    return {"events": [{"created_at": at} for at in times], "pagination": {"next_page_uri": link}}


T = "2025-01-05T10:00:"
MARKED = "2025-01-05T09:00:00.000000+00:00"
UNCHECKED = (
    page(),
    page("yesterday", "tomorrow"),
    page(f"{T}01Z", f"{T}03Z", number="3"),
    page(f"{T}01Z", f"{T}03Z", after="1736071200"),
    page("2025-02-31T00:00:00Z", "2025-02-31T00:00:09Z"),
)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        # A sorted page: the next one is asked for by time.
        (page(f"{T}01Z", f"{T}03Z"), f"after {T}02.000000Z"),
        (page(f"{T}01.123Z", f"{T}03.456Z"), f"after {T}03.455000Z"),
        (page(f"{T}01.123456Z", f"{T}03.123456Z"), f"after {T}03.123455Z"),
        (page(f"{T}01+00:00", f"{T}03+00:00"), f"after {T}02.000000Z"),
        (page("2025-01-05T04:00:01-06:00", "2025-01-05T04:00:03-06:00"), f"after {T}02.000000Z"),
        (page("2025-01-05T15:30:01.5+0530", "2025-01-05T15:30:03.5+0530"), f"after {T}03.499000Z"),
        (page(f"{T}01Z", f"{T}03Z", number="3", after=MARKED), f"after {T}02.000000Z"),
        # A list that is checked, without a usable time: its next page.
        (page(f"{T}01Z", f"{T}01Z"), f"after {MARKED} 2"),
        (page(f"{T}03Z", f"{T}01Z"), f"after {MARKED} 2"),
        (page(f"{T}01Z", "yesterday", f"{T}03Z"), f"after {MARKED} 2"),
        (page(f"{T}01Z", f"{T}01Z", number="2", after=MARKED), f"after {MARKED} 2"),
        (page(f"{T}01Z", f"{T}03Z", after=f"{T}01.500000Z"), f"after {T}01.500000+00:00 2"),
        # A list that cannot be checked, or another link: its query as it came.
        *(
            (each, f"&{each['pagination']['next_page_uri'].partition('?')[2]}")
            for each in UNCHECKED
        ),
        ({"events": [ROW], "pagination": {"next_page_uri": "/x?cursor=12e4"}}, "&cursor=12e4"),
        ({"events": [ROW], "pagination": {"next_page_uri": "https://other.host/x?a=1"}}, "&a=1"),
        ({"events": [ROW], "pagination": {"next_page_uri": "?12345"}}, "&12345"),
        ({"events": [ROW], "pagination": {"next_page_uri": None}}, False),
    ],
)
def test_given_a_page_then_how_the_next_one_is_asked_for(answer, expected):
    assert rendered(NEXT_PAGE, response=answer) == expected


@pytest.mark.parametrize(
    ("record", "kept"),
    [
        (ROW, True),
        ({}, True),
        ({"created_at": None}, True),
        ({"created_at": "soon"}, True),
        ({"created_at": "2025-01-01T00:00:00Z"}, False),
        ({"created_at": "2025-02-01T00:00:00Z"}, True),
        ({"created_at": "2025-02-01T01:00:00+01:00"}, True),
        ({"created_at": "2025-02-01T00:00:00,5Z"}, False),
        ({"created_at": "2025-02-01T00:00:01Z"}, False),
    ],
)
def test_given_a_record_then_the_filter_says_true_or_false(record, kept):
    assert rendered(FILTER, record=record, stream_slice=WINDOW) is kept
