"""Each fault and each odd record is what its option says; the next answer is good again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox import Options, Sandbox
from sandbox.api.listener import STRANGER, Listener
from sandbox.faults.plan import KINDS
from sandbox.faults.records import MALFORMED
from unit_tests.sandbox.conftest import SMALL, Asker

ASKED: dict[str, Any] = {
    "sort": "oldest",
    "per_page": 50,
    "page": 2,
    "base_timestamp": "2000000000",
}


NEEDS_MORE = {"redirect", "next_raw", "next_http", "trickle"}
"""Faults that need a target, https or a slow reader; the trials have them."""


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in NEEDS_MORE])
def test_a_fault_changes_one_answer(ask: Asker, kind: str) -> None:
    good = ask.get(**ASKED)
    to = ",to=http://127.0.0.1:9" if kind == "next_host" else ""
    ask.api.change(fault=[f"{kind},times=1,pace=0.01{to}"])
    with suppress(requests.RequestException):
        bad = requests.get(
            f"{ask.api.base_url}/events",
            ASKED,
            headers={"Authorization": f"Bearer {ask.api.token}"},
            timeout=0.5,
        )
        assert (bad.status_code, bad.content, bad.headers["Content-Type"]) != (
            good.status_code,
            good.content,
            good.headers["Content-Type"],
        )
    assert ask.get(**ASKED).json() == good.json()


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("503,after=1,times=2", [200, 503, 503, 200]),
        ("500,every=3", [200, 200, 500, 200, 200, 500]),
        ("502,page=2", [200]),
        ("401,stream=member_visits", [200]),
        ("challenge,times=1", [403, 200]),
    ],
)
def test_when_a_fault_is_due(ask: Asker, fault: str, expected: list[int]) -> None:
    ask.api.change(fault=[fault])
    assert [ask.get().status_code for _ in expected] == expected


@pytest.mark.parametrize("kind", MALFORMED)
def test_odd_records_are_always_the_same_rows(ask: Asker, kind: str) -> None:
    plain = ask.records()
    ask.api.change(odd=[f"{kind},every=300,first=7"])
    assert len(ask.api.malformed()[kind]) == 3
    assert sum(record not in plain for record in ask.records()) == 3


def test_the_other_host_remembers_whether_the_token_came(ask: Asker) -> None:
    with Listener(secret=ask.api.token) as other:
        ask.api.change(fault=[f"redirect,to={other.origin}"])
        records = ask.follow(ask.get().headers["Location"]).json()["events"]
        assert [record["id"] for record in records] == [STRANGER]
        requests.get(f"{other.origin}/x", timeout=5)
    assert [visit.secret for visit in other.visits] == [True, False]
    assert ask.api.token not in repr(other.visits)


@pytest.mark.parametrize("option", ["delete", "surface"])
def test_rows_vanish_or_surface_while_the_list_is_read(ask: Asker, option: str) -> None:
    ask.api.change(**{option: "0.2"})
    read, stayed = ask.ids(per_page=100, sort="oldest"), ask.api.ids(throughout=1)
    assert 650 < len(stayed) < 800
    if option == "delete":  # page numbers skip rows
        assert len(stayed.keys() - set(read)) > 50
    else:  # page numbers repeat rows
        assert stayed.keys() <= set(read)
        assert len(read) - len(set(read)) > 50


@pytest.fixture
def growing() -> Iterator[Asker]:
    with Sandbox(SMALL.changed({"until": None, "growth": 6_000.0, "lag": "0.3:50"})) as api:
        yield Asker(api)


def test_late_rows_come_with_the_time_they_were_stored(growing: Asker) -> None:
    growing.api.change(clock_offset=60.0)
    seen = set(growing.ids())
    late = growing.api.ids().keys() - seen
    assert len(late) > 100
    growing.api.change(clock_offset=120.0)
    assert late <= set(growing.ids())


def test_the_manual_names_every_option_and_kind() -> None:
    manual = Path("sandbox/README.md").read_text("utf-8")
    flags = [f"`--{name.replace('_', '-')}" for name in Options.model_fields]
    kinds = [f"`{kind}`" for kind in (*KINDS, *MALFORMED)]
    assert [word for word in flags + kinds if word not in manual] == []
