"""The manifest's templates hold on the oldest CDK it is tried under, 6.60.

- Every condition ends in True or False. A CDK before 7.30 takes one that renders None for a yes: a last
  page, which has no link, was refused for ever, or a window ended early, green, with records missing.
- They name what that CDK knows there. Any other name fails on every page, and an old CDK then prints the
  whole context, config and token included.

`python -m trials.compatibility` runs the manifest under all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from airbyte_cdk.sources.declarative.interpolation.jinja import JinjaInterpolation
from airbyte_cdk.sources.types import Record, StreamSlice
from jinja2 import Environment, meta

from harness.streams import MANIFEST

WINDOW = StreamSlice(
    partition={},
    cursor_slice={
        "start_time": "2025-01-01T00:00:00.000000+0000",
        "end_time": "2025-02-01T00:00:00.000000+0000",
    },
)
ROW = {"id": "1", "created_at": "2025-01-05T10:00:00Z"}
KEPT = Record(data=ROW, stream_name="events", associated_slice=WINDOW)
NEXT = {"next_page_uri": "?page=2"}
_DEFINITIONS = MANIFEST["definitions"]
(PREDICATE,) = (
    each["predicate"]
    for each in _DEFINITIONS["error_handler"]["response_filters"]
    if "predicate" in each
)
STOP = _DEFINITIONS["paginator"]["pagination_strategy"]["stop_condition"]
FILTER = _DEFINITIONS["retriever"]["record_selector"]["record_filter"]["condition"]


def rendered(template: str, **context: Any) -> Any:
    return JinjaInterpolation().eval(template, {}, "False", parameters={}, **context)


@pytest.mark.parametrize(
    ("page", "refused"),
    [
        ({"events": [ROW], "pagination": {}}, False),
        ({"events": [ROW], "pagination": {"next_page_uri": None}}, False),
        ({"events": [ROW], "pagination": {"next_page_uri": ""}}, False),
        ({"events": [ROW], "pagination": NEXT}, False),
        ({"events": [], "pagination": {}}, False),
        ({"events": [], "pagination": None}, False),
        ({"events": [ROW], "pagination": None}, True),
        ({"events": [ROW], "pagination": {"next_page_uri": "/events"}}, True),
        ({"events": [ROW], "pagination": {"next_page_uri": 2}}, True),
        ({"events": [ROW, "text"], "pagination": {}}, True),
        ({"events": None, "pagination": {}}, True),
        ({"events": "text", "pagination": {}}, True),
        ({"pagination": {}}, True),
        ({}, True),
        ([ROW], True),
        (None, True),
    ],
)
def test_given_a_page_then_the_predicate_says_true_or_false(page, refused):
    assert rendered(PREDICATE, response=page, headers={}) is refused


@pytest.mark.parametrize("last_record", [None, KEPT])
@pytest.mark.parametrize("events", [[], [ROW], [ROW, ROW, ROW], [{}, {"created_at": None}]])
def test_given_no_page_past_the_end_then_the_stop_condition_says_false(last_record, events):
    page = {"events": events, "pagination": NEXT}
    context = {"response": page, "headers": {}, "last_record": last_record, "last_page_size": 1}
    assert rendered(STOP, **context) is False


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


_ALWAYS = {"config", "parameters"}
_MACROS = {"now_utc", "str_to_datetime", "format_datetime", "duration", "timestamp"}
_PAGE = {"response", "headers"}
_PAGING = {*_ALWAYS, *_PAGE, "last_record", "last_page_size"}
KNOWN = {
    "predicate": _PAGE,
    "error_message": {*_ALWAYS, *_PAGE},
    "cursor_value": _PAGING,
    "stop_condition": _PAGING,
    "condition": {*_ALWAYS, "record", "stream_slice", "next_page_token"},
}
"""Field -> the names that CDK 6.60 knows there (read off its source)."""


def templates(field: str, node: object = _DEFINITIONS) -> Iterator[str]:
    """Each text with a template that stands under `field`, however deep."""
    if isinstance(node, list):
        for value in node:
            yield from templates(field, value)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == field and "{{" in str(value):
                yield str(value)
            yield from templates(field, value)


@pytest.mark.parametrize("field", KNOWN)
def test_given_the_oldest_cdk_then_every_template_names_only_what_it_has(field):
    environment = Environment()
    environment.filters["regex_search"] = str
    found = [*templates(field)]

    assert found
    for text in found:
        names = meta.find_undeclared_variables(environment.parse(text))
        assert names <= KNOWN[field] | _MACROS, text
