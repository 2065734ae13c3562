"""Every reading the sandbox can take, alone and in pairs: named rightly, or said to be unknown.

A wrong finding would send a maintainer after a service that does not exist, so the truth is compared
finding by finding; that the probe does tell where it can is held by the singles in a large community.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import pytest

from sandbox import Options, Sandbox
from source_circle_events.config import Config
from source_circle_events.probe import questions
from source_circle_events.probe.__main__ import Report

READINGS: tuple[tuple[str, Any], ...] = (
    ("base_timestamp", "inclusive"),
    ("base_timestamp", "ignored"),
    ("base_timestamp_field", "triggered_at"),
    ("created_at_gt", "inclusive"),
    ("created_at_gt", "ignored"),
    ("dates", "ignored"),
    ("sort", "latest"),
    ("sort", "oldest"),
    ("name_filter", "ignored"),
    ("name_filter", "last"),
    ("name_param", "brackets"),
    ("name_param", "plain"),
    ("resolution", "seconds"),
    ("resolution", "milliseconds"),
    ("text_resolution", "seconds"),
    ("text_resolution", "milliseconds"),
    ("offset", "+00:00"),
    ("offset", "-06:00"),
    ("link_form", "relative"),
    ("link_form", "query"),
    ("link_paging", "cursor"),
    ("empty_page_every", 2),
    ("repeat_page_every", 1),
    ("ragged_pages", True),
    ("lag", "0.3:50"),
    ("clock_offset", 300.0),
)
SINGLES = ({}, *({name: value} for name, value in READINGS))
PAIRS = [
    {**dict([one]), **dict([two])} for one, two in combinations(READINGS, 2) if one[0] != two[0]
]
MAXIMUM = 60
"""Taken for the documented `per_page`: 2,000 records tell no more, and take ten times as long."""
COMMUNITIES: Mapping[str, Mapping[str, Any]] = {
    "usual": {},
    "empty": {"events": 0},
    "one record": {"events": 1},
    "three records": {"events": 3},
    "hot hour": {"hot_hour": 0.9},
    "one instant": {"instant": ("300@2025-12-31T23:59:00Z",)},
    "dense": {"days": 0.001},
    "growing": {"events": 80, "until": None, "growth": 6_000.0},
}


def truth(options: Mapping[str, Any]) -> dict[str, Any]:
    """What each finding must be, if it is one."""
    spelling = {"brackets": "events[]", "plain": "events"}.get(
        options.get("name_param", ""), "both"
    )
    filtered = options.get("name_filter", "honoured")
    bounded = options.get("base_timestamp_field", "created_at")
    text = options.get("text_resolution") or options.get("resolution", "microseconds")
    return {
        "next_page_uri": options.get("link_form", "absolute"),
        "pages": "opaque" if "link_paging" in options else "numbered",
        "created_at_resolution": text,
        "created_at_offset": options.get("offset", "Z"),
        "sort": "ignored" if "sort" in options else "honoured",
        "created_at_gt": options.get("created_at_gt", "strict"),
        "base_timestamp": "ignored" if options.get("base_timestamp") == "ignored" else bounded,
        "event_filter": "ignored" if filtered == "ignored" else spelling,
        "several_event_types": {"honoured": "all", "last": "last"}.get(filtered),
        "per_page_maximum": questions.DOCUMENTED_MAXIMUM,
        "undocumented_event_names": [],
        "undocumented_fields": [],
    }


def asked(api: Sandbox, reading: Mapping[str, Any]) -> Report:
    plain = Options(rate_limit=0)
    api.change(**{name: getattr(plain, name) for name, _ in READINGS} | dict(reading))
    return Report(Config.of(api.config()))


def wrong(api: Sandbox, reading: Mapping[str, Any]) -> list[str]:
    """The findings that are neither right nor None."""
    report = asked(api, reading)
    found, expected = report.findings, truth(reading)
    bad = [key for key, value in expected.items() if found[key] not in (None, value)]
    if abs(found["clock_skew_seconds"] - reading.get("clock_offset", 0)) > 1:
        bad.append("clock_skew_seconds")
    return [f"{reading}: {key} is {found[key]!r}, not {expected.get(key)!r}" for key in bad]


def community(**options: Any) -> Sandbox:
    usual = {"events": 200, "days": 60.0, "until": "2026-01-01T00:00:00Z", "rate_limit": 0}
    return Sandbox(
        Options(**{"visits": 30, "tracker": 30, "per_page_maximum": MAXIMUM, **usual, **options})
    )


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "DOCUMENTED_MAXIMUM", MAXIMUM)


@pytest.mark.parametrize("name", COMMUNITIES)
@pytest.mark.usefixtures("small_pages")
def test_no_single_reading_is_named_wrongly_in_any_community(name: str) -> None:
    with community(**COMMUNITIES[name]) as api:
        assert [line for reading in SINGLES for line in wrong(api, reading)] == []


@pytest.mark.usefixtures("small_pages")
def test_no_pair_of_readings_is_named_wrongly() -> None:
    assert len(PAIRS) == 316
    with community() as api:
        assert [line for pair in PAIRS for line in wrong(api, pair)] == []


def test_a_large_community_answers_every_question() -> None:
    unsure = {}
    with community(events=2_200, per_page_maximum=2_000) as api:
        for reading in SINGLES:
            found = asked(api, reading).findings
            nothing = [key for key in truth(reading) if found[key] is None]
            unsure.update({choice: nothing for choice in reading.items() if nothing})
            assert reading or not nothing
    unsure.pop(("ragged_pages", True), None)  # by chance of the pages' lengths
    assert unsure == {
        # nothing is filtered, so nothing is to be heard
        ("name_filter", "ignored"): ["several_event_types"],
        # the oldest records are stored at once: no second lies between what bounds them
        ("sort", "oldest"): ["base_timestamp"],
        # the text hides the fraction that decides
        ("text_resolution", "seconds"): ["created_at_gt"],
        ("text_resolution", "milliseconds"): ["created_at_gt"],
    }
