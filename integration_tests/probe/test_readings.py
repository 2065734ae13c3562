"""Every reading the sandbox can take, alone and in pairs: named rightly, or said to be unknown.

A wrong finding would send a maintainer after a service that does not exist, so the truth is compared
finding by finding; that the probe does tell where it can is held by the singles in a large community.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import pytest

from sandbox import Options, Sandbox
from source_circle_events.config import Config
from source_circle_events.probe import questions
from source_circle_events.probe.__main__ import Report

CHOICES: Mapping[str, Sequence[Any]] = {
    "base_timestamp": ("inclusive", "ignored"),
    "base_timestamp_field": ("triggered_at",),
    "created_at_gt": ("inclusive", "ignored"),
    "dates": ("ignored",),
    "sort": ("latest", "oldest"),
    "name_filter": ("ignored", "last"),
    "name_param": ("brackets", "plain"),
    "resolution": ("seconds", "milliseconds"),
    "text_resolution": ("seconds", "milliseconds"),
    "offset": ("+00:00", "-06:00"),
    "link_form": ("relative", "query"),
    "link_paging": ("cursor",),
    "empty_page_every": (2,),
    "repeat_page_every": (1,),
    "ragged_pages": (True,),
    "lag": ("0.3:50",),
    "clock_offset": (300.0,),
}
SINGLES = [{name: value} for name, values in CHOICES.items() for value in values]
PAIRS = [one | two for one, two in combinations(SINGLES, 2) if one.keys() != two.keys()]
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
    spellings = {"brackets": "events[]", "plain": "events", None: "both"}
    filtered = options.get("name_filter", "honoured")
    unbounded = options.get("base_timestamp") == "ignored"
    return {
        "next_page_uri": options.get("link_form", "absolute"),
        "pages": "opaque" if "link_paging" in options else "numbered",
        "created_at_resolution": options.get("text_resolution")
        or options.get("resolution", "microseconds"),
        "created_at_offset": options.get("offset", "Z"),
        "sort": "ignored" if "sort" in options else "honoured",
        "created_at_gt": options.get("created_at_gt", "strict"),
        "base_timestamp": "ignored"
        if unbounded
        else options.get("base_timestamp_field", "created_at"),
        "event_filter": "ignored"
        if filtered == "ignored"
        else spellings[options.get("name_param")],
        "several_event_types": {"honoured": "all", "last": "last"}.get(filtered),
        "per_page_maximum": questions.DOCUMENTED_MAXIMUM,
        "clock_skew_seconds": pytest.approx(options.get("clock_offset", 0), abs=1),
        "undocumented_event_names": [],
        "undocumented_fields": [],
    }


def findings(api: Sandbox, reading: Mapping[str, Any]) -> dict[str, Any]:
    plain = Options(rate_limit=0)
    api.change(**{name: getattr(plain, name) for name in CHOICES} | dict(reading))
    return Report(Config.of(api.config())).findings


def wrong(api: Sandbox, reading: Mapping[str, Any]) -> list[str]:
    """The findings that are neither right nor None."""
    found, right = findings(api, reading), truth(reading).items()
    bad = [(name, value) for name, value in right if found[name] not in (None, value)]
    return [f"{reading}: {name} is {found[name]!r}, not {value!r}" for name, value in bad]


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
        assert [line for reading in ({}, *SINGLES) for line in wrong(api, reading)] == []


@pytest.mark.usefixtures("small_pages")
def test_no_pair_of_readings_is_named_wrongly() -> None:
    assert len(PAIRS) == 316
    with community() as api:
        assert [line for pair in PAIRS for line in wrong(api, pair)] == []


def test_a_large_community_answers_every_question() -> None:
    unsure = {}
    with community(events=2_200, per_page_maximum=2_000) as api:
        for reading in ({}, *SINGLES):
            found = findings(api, reading)
            if nothing := [name for name in truth(reading) if found[name] is None]:
                unsure[next(iter(reading.items()), None)] = nothing
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


@pytest.mark.usefixtures("small_pages")
def test_given_pages_larger_than_documented_then_their_size_is_not_told() -> None:
    with community(per_page_maximum=2 * MAXIMUM) as api:
        assert findings(api, {})["per_page_maximum"] is None
