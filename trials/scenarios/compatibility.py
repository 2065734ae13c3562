"""What the manifest alone is held to under every CDK: short, since each row runs on all of them."""

from __future__ import annotations

from trials.scenario import Expectation, Scenario
from trials.scenarios.common import BRIEF, BRIEFLY, MIDWAY
from trials.world import TOKEN

_ONCE = "after=3,times=1,stream=events"
"""One page of the events: after it the service is well again."""


def compatibility() -> list[Scenario]:
    return [
        Scenario("reading", "as documented"),
        Scenario("reading", "created_at_gt ignored", {"created_at_gt": "ignored"}),
        Scenario("reading", "base_timestamp ignored", {"base_timestamp": "ignored"}),
        Scenario("reading", "sort ignored: latest first", {"sort": "latest"}),
        Scenario(
            "reading",
            "all three ignored",
            {"created_at_gt": "ignored", "base_timestamp": "ignored", "sort": "latest"},
        ),
        Scenario(
            "reading",
            "selected event types, the filter ignored",
            {"name_filter": "ignored"},
            {"event_types": ["post.liked", "spaces.joined"]},
        ),
        Scenario(
            "reading", "grows, read again from its state", {"growth": 1200.0}, BRIEF, later=(2,)
        ),
        Scenario("reading", "num_workers: 10.0", config={**BRIEF, "num_workers": 10.0}),
        *(
            Scenario("body", f"{kind}, twice midway", {"fault": [f"{kind},{MIDWAY},times=2"]})
            for kind in ("html", "empty", "cut", "no_events", "null_events")
        ),
        _fails("body", "html, for ever", f"html,{BRIEFLY}", slow=True),
        *(
            _fails("body", f"{kind}, one page", f"{kind},{_ONCE}", expect="either")
            for kind in ("bad_byte", "latin1", "utf16", "bom", "control", "nan")
        ),
        Scenario(
            "body",
            "lone surrogates, big numbers",
            {"odd": ["odd_unicode,every=97", "big_numbers,every=98"]},
            expect="either",
            cdk_words=True,
        ),
        *(
            Scenario(
                "answer",
                f"{status} at the start",
                {"fault": [f"{status}"]},
                BRIEF,
                expect="fails",
                cdk_words=True,
            )
            for status in (401, 404)
        ),
        _fails("answer", "401 from midway on", f"401,{MIDWAY}"),
        Scenario(
            "answer", "429, retry-after", {"fault": [f"429,{MIDWAY},times=2,wait=6"]}, slow=True
        ),
        Scenario("answer", "500, then good", {"fault": [f"500,{MIDWAY},times=3"]}, slow=True),
        _fails("answer", "503, for ever", f"503,{BRIEFLY}", slow=True),
        *(
            Scenario(
                "token",
                f"{name}, {kind}",
                {"fault": [f"{kind},{_ONCE}"]} if kind != "all well" else {},
                {"api_token": token},
                expect="complete" if kind == "all well" else "either",
                cdk_words=True,
            )
            for name, token in {
                "line break behind it": f"{TOKEN}\n",
                "CR LF behind it": f"{TOKEN}\r\n",
                "blanks around it": f"  {TOKEN} ",
            }.items()
            for kind in ("all well", "401", "bad_byte")
        ),
    ]


def _fails(
    group: str, name: str, fault: str, *, expect: Expectation = "fails", slow: bool = False
) -> Scenario:
    """Told in the CDK's words: old ones pass on few of ours."""
    config = BRIEF if slow else {}
    return Scenario(
        group, name, {"fault": [fault]}, config, expect, cdk_words=True, slow=slow, limit=600
    )
