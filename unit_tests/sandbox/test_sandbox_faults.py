"""Each bad day is what its option says, and the days around it are good.

Nothing here waits for a fault: what hangs is asked with a short patience.
"""

from __future__ import annotations

import json
import time
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests
from asking import Asker, ids

from sandbox.api.listener import STRANGER, Listener
from sandbox.faults.records import MALFORMED


def test_statuses_strike_when_they_are_due(ask: Asker) -> None:
    for fault, expected in (
        ("503,after=1,times=2", [200, 503, 503, 200]),
        ("500,every=3", [200, 200, 500, 200, 200, 500]),
        ("404", [404, 404]),
        ("502,page=2", [200]),
        ("401,stream=member_visits", [200]),
    ):
        ask.api.change(fault=[fault])
        assert [ask.get().status_code for _ in expected] == expected
    ask.api.change(fault=["403,stream=member_visits", "400,after=1,times=1"])
    assert [ask.get("member_visits").status_code, ask.get().status_code] == [403, 400]
    ask.api.change(fault=["504,seconds=0.05"])
    assert ask.get().status_code == 504
    time.sleep(0.06)
    assert ask.get().status_code == 200


def test_waiting_is_said_in_each_way(ask: Asker) -> None:
    said: dict[str, Any] = {}
    for header in ("retry-after", "retry-date", "reset", "reset-delta", "none"):
        ask.api.change(fault=[f"429,wait=30,header={header}"])
        headers = ask.get().headers
        said[header] = headers.get("Retry-After") or headers.get("X-RateLimit-Reset")
    assert said["retry-after"] == said["reset-delta"] == "30"
    assert said["none"] is None
    for moment in (parsedate_to_datetime(said["retry-date"]).timestamp(), float(said["reset"])):
        assert 25 < moment - time.time() < 35


def test_bodies(ask: Asker) -> None:
    whole = ask.get(per_page=50, base_timestamp="2000000000").content
    links = json.loads(whole)["pagination"]
    expected = {
        "empty": b"",
        "list": b"[]",
        "cut": whole[: len(whole) // 2],
        "null_pagination": whole.replace(
            json.dumps(links, separators=(",", ":")).encode(), b"null"
        ),
    }
    for kind, body in expected.items():
        ask.api.change(fault=[kind])
        answer = ask.get(per_page=50, base_timestamp="2000000000")
        assert (answer.status_code, answer.content) == (200, body)
    ask.api.change(fault=["no_events"])
    assert ask.get(per_page=50, base_timestamp="2000000000").json() == {"pagination": links}
    ask.api.change(fault=["null_events"])
    assert ask.get().json()["events"] is None
    assert ask.api.requests()[-1]["records"] == 0
    ask.api.change(fault=["html"])
    assert ask.get().headers["Content-Type"].startswith("text/html")


def test_bodies_that_hold_every_record_in_another_writing(ask: Asker) -> None:
    asked = {"per_page": 50, "base_timestamp": "2000000000"}
    whole = ask.get(**asked).json()
    for kind, charset in (("latin1", "iso-8859-1"), ("utf16", "utf-16"), ("pretty", "utf-8")):
        ask.api.change(fault=[kind])
        answer = ask.get(**asked)
        assert answer.headers["Content-Type"] == f"application/json; charset={charset}"
        assert json.loads(answer.content.decode(charset)) == whole
        assert ask.api.requests()[-1]["records"] == 50
    assert answer.content.count(b"\n") > 50
    ask.api.change(fault=["bom"])
    assert json.loads(ask.get(**asked).content.decode("utf-8-sig")) == whole
    for kind, mark in (("bad_byte", b"caf\xe9"), ("control", b"one\ttwo"), ("nan", b":NaN,")):
        ask.api.change(fault=[kind])
        body = ask.get(**asked).content
        assert body.count(mark) == 1
        records = json.loads(body.decode(errors="replace"), strict=False)["events"]
        assert records[1:] == whole["events"][1:]
        assert records[0].items() >= whole["events"][0].items()


@pytest.mark.parametrize("kind", ["reset", "drop", "short", "hang", "trickle"])
def test_the_wire(ask: Asker, kind: str) -> None:
    ask.api.change(fault=[f"{kind},times=1,pace=0.2"])
    headers = {"Authorization": f"Bearer {ask.api.token}"}
    url = f"{ask.api.base_url}/events"
    began = time.monotonic()
    if kind == "trickle":
        with requests.get(url, headers=headers, timeout=1, stream=True) as answer:
            pieces = answer.iter_content(1000)
            next(pieces)
            assert time.monotonic() - began < 1
    else:
        with pytest.raises(requests.RequestException):
            requests.get(url, headers=headers, timeout=0.3)
    assert ask.get().status_code == 200
    logged = [entry["status"] for entry in ask.api.requests()][-2]
    assert logged == (0 if kind in ("reset", "hang") else 200)


def test_links_lead_astray(ask: Asker) -> None:
    with Listener() as other:
        seen = {}
        for fault in (
            "next_self",
            "next_earlier",
            f"next_host,to={other.origin}",
            "next_http",
            "next_raw,to=//elsewhere/x",
        ):
            ask.api.change(fault=[fault])
            answer = ask.get(per_page=100, page=3, base_timestamp="2000000000")
            seen[fault.partition(",")[0]] = (answer.url, answer.json()["pagination"])
        url, links = seen["next_self"]
        assert links["next_page_uri"] == url
        assert "page=1" in seen["next_earlier"][1]["next_page_uri"].split("&")
        led = seen["next_host"][1]["next_page_uri"]
        assert led.startswith(f"{other.origin}/data_api/v1/events?")
        assert "page=4" in led
        assert seen["next_http"][1]["next_page_uri"].startswith(ask.api.origin)
        assert seen["next_raw"][1]["next_page_uri"] == "//elsewhere/x"


def test_the_other_host_tells_what_it_was_sent(ask: Asker) -> None:
    with Listener(secret=ask.api.token) as other:
        ask.api.change(fault=[f"redirect,to={other.origin}"])
        answer = ask.get(page=2)
        assert answer.status_code == 302
        assert answer.headers["Location"] == f"{other.origin}/data_api/v1/events?page=2"
        body = ask.follow(answer.headers["Location"]).json()
        assert ids(body["events"]) == [STRANGER]
        requests.get(f"{other.origin}/x", params={"key": ask.api.token}, timeout=5)
        requests.get(f"{other.origin}/y", timeout=5)
    assert [(v.path, v.authorization, v.secret) for v in other.visits] == [
        ("/data_api/v1/events", True, True),
        ("/x", False, True),
        ("/y", False, False),
    ]
    assert ask.api.token not in repr(other.visits)


def test_odd_records_are_always_the_same_rows(ask: Asker) -> None:
    plain = {record["id"]: record for record in ask.page()}
    for kind in MALFORMED:
        ask.api.change(odd=[f"{kind},every=300,first=7"])
        odd = ask.api.malformed()[kind]
        assert len(odd) == 3
        records = ask.page()
        assert len(records) == len(plain)
        changed = [record for record in records if record not in plain.values()]
        assert len(changed) == 3
        assert set(plain) - {r.get("id") for r in records if isinstance(r, dict)} == (
            set(odd) if kind in ("no_id", "null_id", "not_an_object") else set()
        )


def test_undocumented_fields(ask: Asker) -> None:
    ask.api.change(undocumented=["all"])
    for stream, holder in (
        ("events", "payload"),
        ("analytics_tracker_events", "properties"),
        ("member_visits", None),
    ):
        records = ask.page(stream)
        assert {"source", "sequence"} <= set(records[0])
        inside = [record[holder] if holder else record for record in records]
        assert inside[0]["workflow"]["type"] == "Workflow"
        assert inside[0]["context"]["depth"]["team"]["lead"]["person"]["type"] == "CommunityMember"
        assert len({type(one["score"]) for one in inside}) >= 5


@pytest.mark.parametrize(
    "wrong",
    [
        {"fault": ["418x"]},
        {"fault": ["html,when=3"]},
        {"fault": ["html,after=soon"]},
        {"fault": ["redirect"]},
        {"fault": "html"},
        {"odd": ["strange"]},
        {"odd": ["no_id,every=0"]},
        {"undocumented": ["everything"]},
        {"lag": "much"},
        {"delete": "some"},
        {"path": ["posts=other"]},
        {"surface": "0.5,before=3"},
        {"delete": "1.5"},
        {"offset": "UTC"},
        {"instant": ["many@noon"]},
        {"sort": "newest"},
        {"rate_limit": "600"},
        {"no_such_option": 1},
        {"growth": 1e9, "clock_offset": 1e9},
    ],
)
def test_a_wrong_option_changes_nothing(ask: Asker, wrong: dict[str, object]) -> None:
    before = ask.api.options()
    answer = requests.post(f"{ask.api.origin}/_sandbox/options", json=wrong, timeout=5)
    assert answer.status_code == 400
    assert next(iter(wrong)) in answer.json()["message"]
    assert ask.api.options() == before
    assert ask.get().status_code == 200
