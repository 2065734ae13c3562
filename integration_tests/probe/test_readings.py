"""Every reading the sandbox can take, alone and in pairs: named rightly, or said to be unknown.

A wrong finding would send a maintainer after a service that does not exist, so the truth is compared
finding by finding; that the probe does tell where it can is held by the singles in a large community.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

import pytest

from sandbox import Options, Sandbox
from source_circle_events import config
from source_circle_events.probe.report import Report

CONFIG: Any = getattr(config, "Config", None) or config.Settings  # type: ignore[attr-defined]
PATHS = {
    "events": "events",
    "member_visits": "member_visits",
    "tracker_events": "analytics_tracker_events",
}
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
PAIRS = tuple(
    {one[0]: one[1], two[0]: two[1]} for one, two in combinations(READINGS, 2) if one[0] != two[0]
)
UNTIL = "2026-01-01T00:00:00Z"
COMMUNITIES: Mapping[str, Mapping[str, Any]] = {
    "large": {"events": 2_200},
    "empty": {"events": 0},
    "one record": {"events": 1},
    "three records": {"events": 3},
    "hot hour": {"events": 2_200, "hot_hour": 0.9},
    "one instant": {"events": 2_200, "instant": ("3000@2025-12-31T23:59:00Z",)},
    "dense": {"events": 2_200, "days": 0.01},
    "growing": {"events": 300, "until": None, "growth": 6_000.0},
}


def truth(options: Mapping[str, Any]) -> dict[str, Any]:
    """What each finding must be, if it is one."""
    options = {"resolution": "microseconds", **options}
    text = options.get("text_resolution") or options["resolution"]
    ignored = options.get("base_timestamp") == "ignored"
    filtered = options.get("name_filter") != "ignored"
    spelling = {"brackets": "events[]", "plain": "events"}.get(options.get("name_param"), "both")
    return {
        "next_page_uri": options.get("link_form", "absolute"),
        "pages": "opaque" if options.get("link_paging") == "cursor" else "numbered",
        "created_at_resolution": text,
        "created_at_offset": options.get("offset", "Z"),
        "sort": "ignored" if "sort" in options else "honoured",
        "created_at_gt": options.get("created_at_gt", "strict"),
        "base_timestamp": "ignored"
        if ignored
        else options.get("base_timestamp_field", "created_at"),
        "event_filter": spelling if filtered else "ignored",
        "several_event_types": {"last": "last", "ignored": None}.get(
            options.get("name_filter"), "all"
        ),
        "per_page_maximum": 2_000,
        "undocumented_event_names": [],
        "undocumented_fields": [],
    }


def wrong(report: Report, options: Mapping[str, Any]) -> list[str]:
    """The findings that are neither right nor None."""
    found = {key: report.findings[key] for key in truth(options)}
    bad = [
        f"{dict(options)}: {key} is {found[key]!r}, not {value!r}"
        for key, value in truth(options).items()
        if found[key] not in (None, value)
    ]
    skew = report.findings["clock_skew_seconds"]
    if skew is None or abs(skew - options.get("clock_offset", 0)) > 1:
        bad.append(f"{dict(options)}: clock_skew_seconds is {skew}")
    if report.service.requests > 25:
        bad.append(f"{dict(options)}: {report.service.requests} requests")
    return bad


def found(api: Sandbox, reading: Mapping[str, Any]) -> Report:
    plain = Options(rate_limit=0)
    api.change(**{name: getattr(plain, name) for name, _ in READINGS} | dict(reading))
    return Report(CONFIG.of(api.config()))


@pytest.fixture(params=COMMUNITIES)
def community(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    options = {"visits": 30, "tracker": 30, "until": UNTIL, "rate_limit": 0}
    with Sandbox(Options(**options | COMMUNITIES[request.param])) as api:
        yield api


@pytest.fixture(scope="module")
def large() -> Iterator[Sandbox]:
    with Sandbox(Options(events=2_200, visits=30, tracker=30, until=UNTIL, rate_limit=0)) as api:
        yield api


def test_no_single_reading_is_named_wrongly_in_any_community(community: Sandbox) -> None:
    bad = [
        w
        for name, value in (("dates", "honoured"), *READINGS)
        for w in wrong(found(community, {name: value}), {name: value})
    ]
    assert bad == []


def test_no_pair_of_readings_is_named_wrongly(large: Sandbox) -> None:
    assert len(PAIRS) == 316
    assert [w for pair in PAIRS for w in wrong(found(large, pair), pair)] == []


def test_a_large_community_answers_every_question(large: Sandbox) -> None:
    unsure = {}
    for name, value in (("dates", "honoured"), *READINGS):
        report = found(large, {name: value})
        nothing = [key for key in truth({name: value}) if report.findings[key] is None]
        unsure[name, value] = nothing
    told = {reading: keys for reading, keys in unsure.items() if keys}
    told.pop(("ragged_pages", True), None)  # by chance of the pages' lengths
    assert told == {
        # nothing is filtered, so nothing is to be heard
        ("name_filter", "ignored"): ["several_event_types"],
        # no record among the oldest is stored two seconds after it was triggered
        ("sort", "oldest"): ["base_timestamp"],
        # the text hides the fraction that decides
        ("text_resolution", "seconds"): ["created_at_gt"],
        ("text_resolution", "milliseconds"): ["created_at_gt"],
    }
