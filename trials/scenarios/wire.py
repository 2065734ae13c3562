"""What happens below HTTP, and links that lead elsewhere. `{other}`: a second host."""

from __future__ import annotations

from trials.scenario import Limit, Scenario
from trials.scenarios.common import AWAY, BRIEF, BRIEFLY, MIDWAY

_REDIRECT = Limit("the CDK follows redirects (without the token)", "where a failure was due|lost")
_LINKS = Limit("the CDK does not remember links", "still running|where a failure was due")
_BREAKS = {
    "reset": "reset",
    "drop": "dropped in the middle of a body",
    "short": "an end that Content-Length did not announce",
}


def wire() -> list[Scenario]:
    return [
        *(
            Scenario("wire", f"{name}, every 4th", {"fault": [f"{kind},every=4"]})
            for kind, name in _BREAKS.items()
        ),
        Scenario(
            "wire",
            "connection refused",
            config=BRIEF,
            nobody=True,
            cdk_words=True,
            limit=1200,
            **AWAY,
        ),
        *(
            Scenario(
                "wire",
                f"{name}, from midway on",
                {"fault": [f"{kind},{BRIEFLY}"]},
                BRIEF,
                cdk_words=True,
                limit=1200,
                **AWAY,
            )
            for kind, name in _BREAKS.items()
        ),
        Scenario(
            "wire",
            "accepts and says nothing, once",
            {"fault": [f"hang,{BRIEFLY},times=1"]},
            BRIEF,
            limit=300,
            slow=True,
        ),
        Scenario(
            "wire",
            "accepts and says nothing, for ever",
            {"fault": [f"hang,{BRIEFLY}"]},
            BRIEF,
            cdk_words=True,
            limit=1500,
            **AWAY,
        ),
        Scenario("wire", "trickles for 20 s", {"fault": [f"trickle,{MIDWAY},times=2,pace=0.2"]}),
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
            {"fault": [f"redirect,{MIDWAY},to={{other}}"]},
            expect="fails",
            failure="config_error",
            beyond_manifest=_REDIRECT,
        ),
        Scenario(
            "wire",
            "redirect to an HTML page elsewhere",
            {"fault": [f"redirect,{MIDWAY},to={{other}}/login"]},
            expect="fails",
            limit=400,
            slow=True,
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
            beyond_manifest=_LINKS,
        ),
        Scenario(
            "wire",
            "next_page_uri to the first page",
            {"fault": ["next_earlier,page=3"]},
            {"num_workers": 1},  # or else the list is split before it has three pages
            beyond_manifest=_LINKS,
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
            beyond_manifest=_LINKS,
            limit=200,
        ),
        Scenario("wire", "https", {"tls": ""}),
    ]
