"""What the manifest says holds on the oldest CDK it is tried under.

A template that names what a CDK does not have there fails on every page, and an old CDK then prints the
whole context, config and token included.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from jinja2 import Environment, meta

from harness.streams import MANIFEST

_ALWAYS = {"config", "parameters"}
_MACROS = {"now_utc", "str_to_datetime", "format_datetime", "duration", "timestamp"}
KNOWN = {
    "predicate": {"response", "headers"},
    "error_message": {"config", "response", "headers", "parameters"},
    "cursor_value": {*_ALWAYS, "response", "headers", "last_record", "last_page_size"},
    "stop_condition": {*_ALWAYS, "response", "headers", "last_record", "last_page_size"},
    "condition": {*_ALWAYS, "record", "stream_slice", "next_page_token"},
}
"""Field -> the names that CDK 6.60 knows there (read off its source)."""


def _texts(node: object, key: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        for name, value in node.items():
            yield from _texts(value, name)
    elif isinstance(node, list):
        for value in node:
            yield from _texts(value, key)
    elif isinstance(node, str) and "{{" in node:
        yield key, node


@pytest.mark.parametrize("field", KNOWN)
def test_given_the_oldest_cdk_then_every_template_names_only_what_it_has(field: str) -> None:
    environment = Environment()
    environment.filters["regex_search"] = str
    found = [text for key, text in _texts(MANIFEST["definitions"]) if key == field]

    assert found
    for text in found:
        names = meta.find_undeclared_variables(environment.parse(text))
        assert names <= KNOWN[field] | _MACROS, text
