"""Answers with status 200 that are no page, or a strange one."""

from __future__ import annotations

from trials.scenario import Scenario
from trials.scenarios.common import AWAY, BRIEF, BRIEFLY, MIDWAY


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
            Scenario("bodies", f"{name}, twice midway", {"fault": [f"{kind},{MIDWAY},times=2"]}),
            Scenario(
                "bodies",
                f"{name}, from midway on",
                {"fault": [f"{kind},{BRIEFLY}"]},
                BRIEF,
                limit=900,
                **AWAY,
            ),
        ]
    odd = (
        ("no_id", "null_id"),
        ("no_created_at", "null_created_at", "bad_created_at"),
        ("null_payload", "unknown_name", "big_numbers", "odd_unicode"),
    )
    orders: dict[str, dict[str, object]] = {"": {}, ", latest first": {"sort": "latest"}}
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
            BRIEF,
            expect="either",
            limit=900,
            slow=True,
        ),
        *(
            Scenario(
                "bodies",
                f"records: {', '.join(kinds).replace('_', ' ')}{order}",
                {"odd": [f"{kind},every={97 + n}" for n, kind in enumerate(kinds)], **options},
            )
            for kinds in odd
            for order, options in orders.items()
        ),
        Scenario(
            "bodies",
            "records: no created at, every one",
            {"odd": ["no_created_at,every=1"]},
            BRIEF,
            expect="either",
            limit=900,
            slow=True,
        ),
        Scenario(
            "bodies",
            "records: something that is no object",
            {"odd": ["not_an_object,every=2"]},
            BRIEF,
            limit=900,
            **AWAY,
        ),
    ]
