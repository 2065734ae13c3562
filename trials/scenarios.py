"""What the connector must withstand, as data. `{other}`: a second host; `{edge}`: a window's edge."""

from __future__ import annotations

from datetime import timedelta

from trials.scenario import Scenario
from trials.world import World

NAMES = ["post.liked", "spaces.joined"]
_MIDWAY = "after=5"
_CLOCK = "no service's clock to go by: keep this machine's right, or set a longer settling_period"
_REDIRECT = "the CDK follows redirects (without the token)"


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


def bodies() -> list[Scenario]:
    kinds = {
        "html": "an HTML page",
        "empty": "an empty body",
        "list": "[]",
        "cut": "half the JSON",
        "no_events": "no events",
        "null_events": "events: null",
    }
    scenarios = []
    for kind, name in kinds.items():
        scenarios += [
            Scenario("bodies", f"{name}, twice midway", {"fault": [f"{kind},{_MIDWAY},times=2"]}),
            Scenario(
                "bodies",
                f"{name}, from midway on",
                {"fault": [f"{kind},{_MIDWAY}"]},
                expect="fails",
                failure="transient_error",
                limit=900,
                slow=True,
            ),
        ]
    odd = (
        "no_id",
        "null_id",
        "no_created_at",
        "null_created_at",
        "bad_created_at",
        "null_payload",
        "unknown_name",
        "big_numbers",
        "odd_unicode",
    )
    return [
        *scenarios,
        Scenario(
            "bodies",
            "pagination: null, once, on a page with a next one",
            {"fault": ["null_pagination,stream=events,page=1,times=1"]},
            expect="either",
        ),
        Scenario(
            "bodies",
            "pagination: null, on the 2nd page",
            {"fault": ["null_pagination,stream=events,page=2"]},
            expect="either",
            limit=900,
            slow=True,
        ),
        Scenario(
            "bodies",
            "pagination: null, everywhere",
            {"fault": ["null_pagination"]},
            expect="either",
            limit=900,
            slow=True,
        ),
        *(
            Scenario("bodies", f"records: {kind.replace('_', ' ')}", {"odd": [f"{kind},every=97"]})
            for kind in odd
        ),
        *(
            Scenario(
                "bodies",
                f"records: {kind.replace('_', ' ')}, latest first",
                {"odd": [f"{kind},every=97"], "sort": "latest"},
            )
            for kind in ("no_id", "no_created_at", "bad_created_at")
        ),
        Scenario(
            "bodies",
            "records: no created at, every one",
            {"odd": ["no_created_at,every=1"]},
            expect="either",
            limit=900,
        ),
        Scenario(
            "bodies",
            "records: something that is no object",
            {"odd": ["not_an_object,every=97"]},
            expect="fails",
            failure="transient_error",
            limit=900,
            slow=True,
        ),
    ]


def answers() -> list[Scenario]:
    scenarios = []
    for header in ("retry-after", "retry-date", "reset", "reset-delta"):
        scenarios.append(
            Scenario(
                "answers",
                f"429, {header}",
                {"fault": [f"429,{_MIDWAY},times=2,wait=6,header={header}"]},
                says=r"all workers pause for [6-9] s",
                limit=200,
                slow=True,
            )
        )
    for status in (500, 502, 503, 504, 408):
        scenarios.append(
            Scenario("answers", f"{status}, every 4th", {"fault": [f"{status},every=4"]})
        )
    refusals = {
        401: "config_error",
        403: "config_error",
        404: "config_error",
        400: "system_error",
        422: "system_error",
        410: "system_error",
        451: "system_error",
    }
    for status, failure in refusals.items():
        scenarios += [
            Scenario(
                "answers",
                f"{status} at the start",
                {"fault": [f"{status}"]},
                expect="fails",
                failure=failure,
            ),
            Scenario(
                "answers",
                f"{status} from midway on",
                {"fault": [f"{status},{_MIDWAY}"]},
                expect="fails",
                failure=failure,
            ),
        ]
    return [
        *scenarios,
        Scenario(
            "answers",
            "429 without a hint, once",
            {"fault": [f"429,{_MIDWAY},times=1"]},
            says=r"all workers pause for",
            limit=200,
            slow=True,
        ),
        Scenario(
            "answers",
            "429 without a hint, as the first answer",
            {"fault": ["429,times=1"]},
            limit=200,
            slow=True,
        ),
        Scenario(
            "answers",
            "429 in a burst of 12",
            {"fault": [f"429,{_MIDWAY},times=12,wait=5"], "latency": 0.2},
            says=r"all workers pause",
            limit=400,
            slow=True,
        ),
        Scenario(
            "answers",
            "429 that asks for an hour",
            {"fault": [f"429,{_MIDWAY},wait=3600"]},
            expect="fails",
            failure="transient_error",
            limit=900,
        ),
        Scenario(
            "answers",
            "429 that asks for an hour, as a date",
            {"fault": [f"429,{_MIDWAY},wait=3600,header=retry-date"]},
            expect="fails",
            failure="transient_error",
            limit=900,
            slow=True,
        ),
        Scenario(
            "answers",
            "429 for ever",
            {"fault": [f"429,{_MIDWAY},wait=5"]},
            expect="fails",
            failure="transient_error",
            limit=1200,
            slow=True,
        ),
        Scenario(
            "answers",
            "429 for ever without a hint",
            {"fault": [f"429,{_MIDWAY}"]},
            expect="fails",
            failure="transient_error",
            limit=1200,
            slow=True,
        ),
        Scenario("answers", "a limit of 20 a minute", {"rate_limit": 20}, limit=400, slow=True),
        *(
            Scenario(
                "answers",
                f"{status} for ever, {when}",
                {"fault": [f"{status}{after}"]},
                expect="fails",
                failure="transient_error",
                limit=1200,
                slow=True,
            )
            for status in (500, 503)
            for when, after in {"from the start": "", "from midway on": f",{_MIDWAY}"}.items()
        ),
        *(
            Scenario(
                "answers",
                f"{status} amid 5,000 rows at one instant",
                {"instant": ["5000@{edge}"], "fault": [f"{status},{_MIDWAY}"]},
                expect="fails",
                failure="config_error",
            )
            for status in (401,)
        ),
    ]


def wire() -> list[Scenario]:
    return [
        *(
            Scenario("wire", f"{name}, every 4th", {"fault": [f"{kind},every=4"]})
            for kind, name in {
                "reset": "reset",
                "drop": "dropped in the middle of a body",
                "short": "an end that Content-Length did not announce",
            }.items()
        ),
        *(
            Scenario(
                "wire",
                f"{name}, from midway on",
                {"fault": [f"{kind},{_MIDWAY}"]},
                expect="fails",
                failure="transient_error",
                limit=1200,
                slow=True,
            )
            for kind, name in {
                "reset": "reset",
                "drop": "dropped in the middle of a body",
                "short": "an end that Content-Length did not announce",
            }.items()
        ),
        Scenario(
            "wire",
            "accepts and says nothing, once",
            {"fault": [f"hang,{_MIDWAY},times=1"]},
            limit=300,
            slow=True,
        ),
        Scenario(
            "wire",
            "accepts and says nothing, for ever",
            {"fault": [f"hang,{_MIDWAY}"]},
            expect="fails",
            failure="transient_error",
            limit=1500,
            slow=True,
        ),
        Scenario("wire", "trickles for 20 s", {"fault": [f"trickle,{_MIDWAY},times=2,pace=0.2"]}),
        Scenario(
            "wire",
            "redirect to another host, from the start",
            {"fault": ["redirect,to={other}"]},
            expect="fails",
            failure="config_error",
            beyond_manifest=_REDIRECT,
        ),
        Scenario(
            "wire",
            "redirect to another host, midway",
            {"fault": [f"redirect,{_MIDWAY},to={{other}}"]},
            expect="fails",
            failure="config_error",
            beyond_manifest=_REDIRECT,
        ),
        Scenario(
            "wire",
            "redirect to an HTML page elsewhere",
            {"fault": [f"redirect,{_MIDWAY},to={{other}}/login"]},
            expect="fails",
            failure="config_error",
            beyond_manifest=_REDIRECT,
        ),
        Scenario(
            "wire", "next_page_uri to another host", {"fault": ["next_host,to={other}"]}, debug=True
        ),
        Scenario(
            "wire",
            "next_page_uri to another host, opaque",
            {"fault": ["next_host,to={other}"], "link_paging": "cursor"},
        ),
        Scenario("wire", "next_page_uri from https to http", {"tls": "", "fault": ["next_http"]}),
        Scenario(
            "wire",
            "next_page_uri to itself",
            {"fault": ["next_self,after=3"]},
            expect="fails",
            failure="system_error",
            beyond_manifest="the CDK does not remember links",
        ),
        Scenario(
            "wire",
            "next_page_uri to the first page",
            {"fault": ["next_earlier,page=3"]},
            expect="fails",
            failure="system_error",
            beyond_manifest="the CDK does not remember links",
        ),
        Scenario(
            "wire",
            "next_page_uri without a query",
            {"fault": ["next_raw,page=1,to=https://127.0.0.1/data_api/v1/events"]},
            expect="fails",
            failure="system_error",
        ),
        Scenario(
            "wire",
            "next_page_uri is //host",
            {"fault": ["next_raw,after=3,to=//127.0.0.1:9/x?page=2"]},
            expect="either",
            limit=60,
        ),
        Scenario("wire", "https", {"tls": ""}),
    ]


def time() -> list[Scenario]:
    lag = {"lag": "0.3:50", "growth": 600.0}
    return [
        Scenario("time", "rows visible up to 50 s late", lag, later=(30, 30), slow=True),
        Scenario(
            "time",
            "rows visible up to 50 s late, in seconds",
            {**lag, "resolution": "seconds"},
            later=(30, 30),
            slow=True,
        ),
        Scenario("time", "grows while it is read", {"growth": 6000.0, "latency": 0.3}, later=(20,)),
        Scenario(
            "time",
            "grows while it is read, latest first",
            {"growth": 6000.0, "latency": 0.3, "sort": "latest"},
            later=(20,),
        ),
        Scenario(
            "time",
            "grows while it is read, sort and bounds ignored",
            {
                "growth": 6000.0,
                "latency": 0.3,
                "sort": "latest",
                "base_timestamp": "ignored",
                "created_at_gt": "ignored",
            },
            later=(20,),
        ),
        *(
            Scenario(
                "time",
                f"the service's clock {abs(offset)} s {'ahead' if offset > 0 else 'behind'}",
                {**lag, "clock_offset": float(offset)},
                later=(30, 30),
                slow=True,
                beyond_manifest=_CLOCK if offset < 0 else None,
            )
            for offset in (300, 100, -30, -100, -300)
        ),
    ]


def everything(world: World) -> list[Scenario]:
    return [*readings(world), *bodies(), *answers(), *wire(), *time()]
