"""Each bad answer is what its option says, and the next one is good.

Nothing here waits for a fault: what hangs is asked with a short patience.
"""

from __future__ import annotations

import json
import time

import pytest
import requests
from asking import Asker

from sandbox.api.listener import Listener


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
