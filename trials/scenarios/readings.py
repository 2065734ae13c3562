"""What the documentation leaves open, read in each way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from trials.scenario import Scenario
from trials.world import World

NAMES = ["post.liked", "spaces.joined"]
_LATEST = {"sort": "latest"}
_NO_LOWER, _NO_UPPER = {"created_at_gt": "ignored"}, {"base_timestamp": "ignored"}
_INCLUSIVE, _OTHER_FIELD = {"base_timestamp": "inclusive"}, {"base_timestamp_field": "triggered_at"}
_ANYTHING = {"name_filter": "ignored"}


def readings(world: World) -> list[Scenario]:
    edge, day = (
        f"5000@{at.isoformat()}"
        for at in (world.edge(3), world.edge(3) + timedelta(microseconds=1))
    )
    found: dict[str, dict[str, Any]] = {
        "as documented": {},
        "base_timestamp inclusive": _INCLUSIVE,
        "base_timestamp ignored": _NO_UPPER,
        "base_timestamp bounds triggered_at": _OTHER_FIELD,
        "base_timestamp bounds triggered_at, inclusive": _OTHER_FIELD | _INCLUSIVE,
        "created_at_gt inclusive": {"created_at_gt": "inclusive"},
        "created_at_gt ignored": _NO_LOWER,
        "both bounds ignored": _NO_LOWER | _NO_UPPER,
        "sort ignored: latest first": _LATEST,
        "sort and bounds ignored": _LATEST | _NO_LOWER | _NO_UPPER,
        "created_at in seconds": {"resolution": "seconds"},
        "created_at in milliseconds": {"resolution": "milliseconds"},
        "created_at shown in seconds only": {"text_resolution": "seconds"},
        "created_at shown in milliseconds only": {"text_resolution": "milliseconds"},
        "created_at with +00:00": {"offset": "+00:00"},
        "created_at with -06:00": {"offset": "-06:00"},
        "created_at in seconds with +05:30": {"offset": "+05:30", "resolution": "seconds"},
        "created_at with -06:00, latest first": {"offset": "-06:00", **_LATEST},
        "5,000 rows at one instant, a window's edge": {"instant": (edge,)},
        "5,000 rows at one instant, a day's beginning": {"instant": (day,)},
        "5,000 rows at one instant, shown in seconds, latest first": {
            "instant": (day,),
            "text_resolution": "seconds",
            **_LATEST,
        },
        "5,000 visits and page views at one instant": {
            "instant": (f"{day}@visits", f"{day}@tracker")
        },
        "next_page_uri relative": {"link_form": "relative"},
        "next_page_uri a query alone": {"link_form": "query"},
        "next_page_uri an opaque cursor": {"link_paging": "cursor"},
        "next_page_uri an opaque cursor, relative": {
            "link_paging": "cursor",
            "link_form": "relative",
        },
        "every 2nd page empty": {"empty_page_every": 2},
        "every 3rd page empty": {"empty_page_every": 3},
        "every page twice": {"repeat_page_every": 1},
        "every 2nd page twice": {"repeat_page_every": 2},
        "every page twice, latest first": {"repeat_page_every": 1, **_LATEST},
        "compressed": {"gzip": True},
    }
    filters: dict[str, dict[str, Any]] = {
        "filter honoured": {},
        "filter ignored": _ANYTHING,
        "only events= understood": {"name_param": "plain"},
        "only events[]= understood": {"name_param": "brackets"},
    }
    types, views = {"event_types": NAMES}, {"tracker_event_types": ["PageExit"]}
    return [
        *(Scenario("readings", name, options) for name, options in found.items()),
        *(Scenario("readings", f"two event types, {n}", o, types) for n, o in filters.items()),
        Scenario("readings", "a tracker event type, filter ignored", _ANYTHING, views),
    ]
