"""Each bad answer is what its option says, and the next one is good.

Nothing here waits for a fault: what hangs is asked with a short patience.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests
from asking import Asker

ASKED = {"per_page": 50, "base_timestamp": "2000000000"}


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (
            "html",
            lambda _: "<!DOCTYPE html><html><body><h1>We'll be right back</h1></body></html>",
        ),
        ("empty", lambda whole: ""),
        ("list", lambda whole: "[]"),
        ("cut", lambda whole: whole[: len(whole) // 2]),
        ("no_events", lambda whole: whole[: whole.index(',"events":[')] + "}"),
        ("null_events", lambda whole: whole[: whole.index("[")] + "null}"),
        ("null_pagination", lambda w: '{"pagination":null' + w[w.index(',"events":[') :]),
    ],
)
def test_bodies(ask: Asker, kind: str, expected: Callable[[str], str]) -> None:
    whole = ask.get(**ASKED).text
    ask.api.change(fault=[kind])
    answer = ask.get(**ASKED)
    assert (answer.status_code, answer.text) == (200, expected(whole))
    said = "text/html" if kind == "html" else "application/json"
    assert answer.headers["Content-Type"] == f"{said}; charset=utf-8"
    assert ask.api.requests()[-1]["records"] == 0


@pytest.mark.parametrize(
    ("kind", "charset", "said"),
    [
        ("latin1", "iso-8859-1", "iso-8859-1"),
        ("utf16", "utf-16", "utf-16"),
        ("pretty", "utf-8", "utf-8"),
        ("bom", "utf-8-sig", "utf-8"),
    ],
)
def test_the_same_body_in_another_writing(ask: Asker, kind: str, charset: str, said: str) -> None:
    whole = ask.get(**ASKED)
    ask.api.change(fault=[kind])
    answer = ask.get(**ASKED)
    assert answer.headers["Content-Type"] == f"application/json; charset={said}"
    assert answer.content != whole.content
    assert json.loads(answer.content.decode(charset)) == whole.json()


@pytest.mark.parametrize(
    ("kind", "mark"), [("bad_byte", b"caf\xe9"), ("control", b"one\ttwo"), ("nan", b":NaN,")]
)
def test_a_first_record_that_parsers_trip_over(ask: Asker, kind: str, mark: bytes) -> None:
    whole = ask.page(**ASKED)
    ask.api.change(fault=[kind])
    body = ask.get(**ASKED).content
    assert body.count(mark) == 1
    records = json.loads(body.decode(errors="replace"), strict=False)["events"]
    assert records[1:] == whole[1:]
    assert records[0].items() > whole[0].items()


@pytest.mark.parametrize("kind", ["reset", "drop", "short", "hang", "trickle"])
def test_the_wire(ask: Asker, kind: str) -> None:
    ask.api.change(fault=[f"{kind},times=1,pace=0.2"])
    asked: dict[str, Any] = {
        "url": f"{ask.api.base_url}/events",
        "headers": {"Authorization": f"Bearer {ask.api.token}"},
    }
    if kind == "trickle":
        began = time.monotonic()
        with requests.get(**asked, timeout=1, stream=True) as answer:
            next(answer.iter_content(1000))
            assert time.monotonic() - began < 1
    else:
        with pytest.raises(requests.RequestException):
            requests.get(**asked, timeout=0.3)
    assert ask.get().status_code == 200
    assert ask.api.requests()[-2]["status"] == (0 if kind in ("reset", "hang") else 200)


@pytest.mark.parametrize(
    ("fault", "led"),
    [
        ("next_self", "{base}?per_page=100&page=3&base_timestamp=2000000000"),
        ("next_earlier", "{base}?per_page=100&base_timestamp=2000000000&page=1"),
        (
            "next_host,to=http://127.0.0.1:9",
            "http://127.0.0.1:9/data_api/v1/events?per_page=100&base_timestamp=2000000000&page=4",
        ),
        ("next_http", "{base}?per_page=100&base_timestamp=2000000000&page=4"),
        ("next_raw,to=//elsewhere/x", "//elsewhere/x"),
    ],
)
def test_links_lead_astray(ask: Asker, fault: str, led: str) -> None:
    ask.api.change(fault=[fault])
    links = ask.get(per_page=100, page=3, base_timestamp="2000000000").json()["pagination"]
    assert links["next_page_uri"] == led.format(base=f"{ask.api.base_url}/events")
