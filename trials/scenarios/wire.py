"""What happens below HTTP, and links that lead elsewhere. `{other}`: a second host."""

from __future__ import annotations

from functools import partial

from trials.scenario import Limit, Scenario
from trials.scenarios.common import (
    AWAY_TO_THE_CDK,
    BRIEF,
    BRIEFLY,
    MIDWAY,
    REFUSED,
    WRONG,
    faulty,
)

_wire = partial(faulty, "wire")
_REDIRECT = Limit(
    "the CDK follows redirects (without the token)", "where a failure was due|lost|ahead$"
)
_LINKS = Limit(
    "the CDK does not remember links",
    "still running|where a failure was due|where all could have been read",
)
_WAITS = Limit("the CDK waits for requests under way", r"still running|after its TRACE ERROR")
_BREAKS = {
    "reset": "reset",
    "drop": "dropped in the middle of a body",
    "short": "an end that Content-Length did not announce",
}


def wire() -> list[Scenario]:
    redirected = partial(_wire, beyond_manifest=_REDIRECT, **REFUSED)
    linked = partial(_wire, beyond_manifest=_LINKS)
    return [
        *(_wire(f"{name}, every 4th", f"{kind},every=4") for kind, name in _BREAKS.items()),
        Scenario("wire", "connection refused", nobody=True, **AWAY_TO_THE_CDK),
        *(
            _wire(f"{name}, from midway on", f"{kind},{BRIEFLY}", **AWAY_TO_THE_CDK)
            for kind, name in _BREAKS.items()
        ),
        _wire("accepts and says nothing, once", f"hang,{BRIEFLY},times=1", config=BRIEF, slow=True),
        _wire(
            "accepts and says nothing, for ever",
            f"hang,{BRIEFLY}",
            **AWAY_TO_THE_CDK | {"limit": 1500},
        ),
        _wire("trickles for 20 s", f"trickle,{MIDWAY},times=2,pace=0.2"),
        redirected("redirect to another host, from the start", "redirect,to={other}"),
        redirected("redirect to another host, midway", f"redirect,{MIDWAY},to={{other}}"),
        _wire(
            "redirect to an HTML page elsewhere",
            f"redirect,{MIDWAY},to={{other}}/login",
            expect="fails",
            limit=400,
            slow=True,
        ),
        _wire("next_page_uri to another host", "next_host,to={other}", debug=True),
        _wire(
            "next_page_uri to another host, opaque",
            "next_host,to={other}",
            options={"link_paging": "cursor"},
        ),
        _wire("next_page_uri from https to http", "next_http", options={"tls": ""}),
        linked("next_page_uri to itself", "next_self,after=3", **WRONG),
        linked(
            "next_page_uri to the first page",
            "next_earlier,page=3",
            config={"num_workers": 1},  # or else the list is split before it has three pages
        ),
        _wire(
            "next_page_uri without a query",
            "next_raw,page=1,to=https://127.0.0.1/data_api/v1/events",
            **WRONG,
        ),
        linked(
            "next_page_uri is //host",
            "next_raw,after=3,to=//127.0.0.1:9/x?page=2",
            expect="either",
            repeats=True,
        ),
        Scenario("wire", "https", {"tls": ""}),
    ]


def over() -> list[Scenario]:
    """A sync that has said why it fails is over, whatever is under way."""
    return [
        faulty(
            "over",
            f"401 for events while the others {what}",
            "401,stream=events,after=2",
            f"{fault},stream=member_visits",
            f"{fault},stream=analytics_tracker_events",
            options={"latency": 0.3},
            over_within=2.0,
            limit=120,
            beyond_manifest=_WAITS,
            **REFUSED,
        )
        for what, fault in {"hang": "hang", "trickle": "trickle,pace=0.5"}.items()
    ]
