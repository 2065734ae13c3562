"""What the manifest alone is held to under every CDK: short, since each row runs on all of them."""

from __future__ import annotations

from trials.scenario import Expectation, Scenario
from trials.scenarios.common import BRIEF, BRIEFLY, MIDWAY
from trials.world import TOKEN

_ONCE = "after=5,times=1,stream=events"
"""One page of the events; after it the service is well again."""
_NO_PAGES = ("html", "empty", "cut", "list", "no_events", "null_events")


def compatibility() -> list[Scenario]:
    ignored = {"created_at_gt": "ignored", "base_timestamp": "ignored", "sort": "latest"}
    return [
        Scenario("reading", "as documented"),
        *(
            Scenario("reading", f"{name} not honoured", {name: value})
            for name, value in ignored.items()
        ),
        Scenario("reading", "none of the three honoured", ignored),
        Scenario(
            "reading",
            "two event types, the filter ignored",
            {"name_filter": "ignored"},
            {"event_types": ["post.liked", "spaces.joined"]},
        ),
        Scenario("reading", "again, from its state", {"growth": 1200.0}, BRIEF, later=(2,)),
        Scenario("reading", "num_workers: 10.0", config={**BRIEF, "num_workers": 10.0}),
        Scenario(
            "body",
            f"{', '.join(_NO_PAGES)}, once each",
            {"fault": [f"{kind},after={2 + 3 * n},times=1" for n, kind in enumerate(_NO_PAGES)]},
        ),
        _fails("body", "html, for ever", f"html,{BRIEFLY}", slow=True),
        *(
            _fails("body", f"{kind}, on one page", f"{kind},{_ONCE}", expect="either")
            for kind in ("bad_byte", "latin1", "utf16", "bom")
        ),
        Scenario(
            "body",
            "lone surrogates, big numbers",
            {"odd": ["odd_unicode,every=97", "big_numbers,every=98"]},
            expect="either",
            cdk_words=True,
        ),
        *(_fails("answer", f"{status} at the start", f"{status}") for status in (401, 404)),
        _fails("answer", "401 from midway on", f"401,{MIDWAY}"),
        Scenario(
            "answer", "429, retry-after", {"fault": [f"429,{MIDWAY},times=2,wait=6"]}, slow=True
        ),
        Scenario("answer", "500, then good", {"fault": [f"500,{MIDWAY},times=3"]}),
        _fails("answer", "503, for ever", f"503,{BRIEFLY}", slow=True),
        *(
            _fails("token", f"{name}; {kind}", f"{kind},{_ONCE}", "either", api_token=token)
            for name, token, kind in (
                ("line break behind it", f"{TOKEN}\n", "bad_byte"),
                ("CR LF behind it", f"{TOKEN}\r\n", "utf16"),
                ("blanks around it", f"  {TOKEN} ", "bad_byte"),
                ("line break behind it", f"{TOKEN}\n", "401"),
                ("line break inside it", f"{TOKEN[:5]}\n{TOKEN[5:]}", "bad_byte"),
            )
        ),
    ]


def _fails(
    group: str,
    name: str,
    fault: str,
    expect: Expectation = "fails",
    *,
    slow: bool = False,
    **config: str,
) -> Scenario:
    """Told in the CDK's words: old ones pass on few of ours."""
    return Scenario(
        group,
        name,
        {"fault": [fault]},
        {**(BRIEF if slow else {}), **config},
        expect,
        cdk_words=True,
        slow=slow,
        limit=600,
    )
