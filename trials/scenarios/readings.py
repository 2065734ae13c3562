"""What the documentation leaves open, read in each way."""

from __future__ import annotations

from datetime import timedelta

from trials.scenario import Scenario
from trials.world import World

NAMES = ["post.liked", "spaces.joined"]


def readings(world: World) -> list[Scenario]:
    def reading(name: str, **options: object) -> Scenario:
        return Scenario("readings", name, options)

    at_edge = world.edge(3)
    day = at_edge + timedelta(microseconds=1)
    return [
        reading("as documented"),
        reading("base_timestamp inclusive", base_timestamp="inclusive"),
        reading("base_timestamp ignored", base_timestamp="ignored"),
        reading("base_timestamp bounds triggered_at", base_timestamp_field="triggered_at"),
        reading(
            "base_timestamp bounds triggered_at, inclusive",
            base_timestamp_field="triggered_at",
            base_timestamp="inclusive",
        ),
        reading("created_at_gt inclusive", created_at_gt="inclusive"),
        reading("created_at_gt ignored", created_at_gt="ignored"),
        reading("both bounds ignored", created_at_gt="ignored", base_timestamp="ignored"),
        reading("sort ignored: latest first", sort="latest"),
        reading(
            "sort and bounds ignored",
            sort="latest",
            created_at_gt="ignored",
            base_timestamp="ignored",
        ),
        reading("created_at in seconds", resolution="seconds"),
        reading("created_at in milliseconds", resolution="milliseconds"),
        reading("created_at shown in seconds only", text_resolution="seconds"),
        reading("created_at shown in milliseconds only", text_resolution="milliseconds"),
        reading("created_at with +00:00", offset="+00:00"),
        reading("created_at with -06:00", offset="-06:00"),
        reading("created_at in seconds with +05:30", offset="+05:30", resolution="seconds"),
        reading("created_at with -06:00, latest first", offset="-06:00", sort="latest"),
        reading(
            "5,000 rows at one instant, a window's edge", instant=(f"5000@{at_edge.isoformat()}",)
        ),
        reading(
            "5,000 rows at one instant, a day's beginning", instant=(f"5000@{day.isoformat()}",)
        ),
        reading(
            "5,000 rows at one instant, shown in seconds, latest first",
            instant=(f"5000@{day.isoformat()}",),
            text_resolution="seconds",
            sort="latest",
        ),
        reading(
            "5,000 visits and page views at one instant",
            instant=(f"5000@{day.isoformat()}@visits", f"5000@{day.isoformat()}@tracker"),
        ),
        reading("next_page_uri relative", link_form="relative"),
        reading("next_page_uri a query alone", link_form="query"),
        reading("next_page_uri an opaque cursor", link_paging="cursor"),
        reading(
            "next_page_uri an opaque cursor, relative", link_paging="cursor", link_form="relative"
        ),
        reading("every 2nd page empty", empty_page_every=2),
        reading("every 3rd page empty", empty_page_every=3),
        reading("every page twice", repeat_page_every=1),
        reading("every 2nd page twice", repeat_page_every=2),
        reading("every page twice, latest first", repeat_page_every=1, sort="latest"),
        reading("compressed", gzip=True),
        *(
            Scenario("readings", f"two event types, {what}", options, {"event_types": NAMES})
            for what, options in {
                "filter honoured": {},
                "filter ignored": {"name_filter": "ignored"},
                "only events= understood": {"name_param": "plain"},
                "only events[]= understood": {"name_param": "brackets"},
            }.items()
        ),
        Scenario(
            "readings",
            "a tracker event type, filter ignored",
            {"name_filter": "ignored"},
            {"tracker_event_types": ["PageExit"]},
        ),
    ]
