"""Answers with status 200 that are no page, or a strange one."""

from __future__ import annotations

from functools import partial
from typing import Any

from trials.scenario import Scenario
from trials.scenarios.common import AWAY, BRIEF, BRIEFLY, MIDWAY, faulty

_body = partial(faulty, "bodies")
_NO_PAGES = {
    "html": "an HTML page",
    "empty": "an empty body",
    "list": "[]",
    "cut": "half the JSON",
    "no_events": "no events",
    "null_events": "events: null",
}
_ODD = (
    ("no_id", "null_id"),
    ("no_created_at", "null_created_at", "bad_created_at"),
    ("null_payload", "unknown_name", "big_numbers", "odd_unicode"),
)
_EITHER: dict[str, Any] = {"expect": "either", "limit": 900, "slow": True}


def bodies() -> list[Scenario]:
    scenarios = []
    for kind, name in _NO_PAGES.items():
        scenarios.append(_body(f"{name}, twice midway", f"{kind},{MIDWAY},times=2"))
        scenarios.append(_body(f"{name}, from midway on", f"{kind},{BRIEFLY}", **AWAY))
    scenarios += [
        _body(
            "pagination: null, once, on a page with a next one",
            "null_pagination,stream=events,page=1,times=1",
            expect="either",
        ),
        _body(
            "pagination: null, on the 2nd page", "null_pagination,stream=events,page=2", **_EITHER
        ),
        _body("pagination: null, everywhere", "null_pagination", config=BRIEF, **_EITHER),
    ]
    for kinds in _ODD:
        name = f"records: {', '.join(kinds).replace('_', ' ')}"
        odd = {"odd": [f"{kind},every={97 + n}" for n, kind in enumerate(kinds)]}
        scenarios.append(Scenario("bodies", name, odd))
        scenarios.append(Scenario("bodies", f"{name}, latest first", {**odd, "sort": "latest"}))
    none, no_object = ({"odd": [odd]} for odd in ("no_created_at,every=1", "not_an_object,every=2"))
    return [
        *scenarios,
        Scenario("bodies", "records: no created at, every one", none, BRIEF, **_EITHER),
        Scenario("bodies", "records: something that is no object", no_object, **AWAY),
    ]
