"""Each fault and each malformed record is what its option says; the next response is good again."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox import Options, Sandbox
from sandbox.api.other_host import STRANGER, Listener
from sandbox.faults.records import MALFORMED
from sandbox.faults.responses import KINDS
from unit_tests.sandbox.conftest import SMALL, Client

NEED_MORE = {"redirect", "next_raw", "next_http", "trickle"}
"""Faults that need a target, https or a slow reader; the trials test them."""


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in NEED_MORE])
def test_a_fault_changes_one_response(client: Client, kind: str) -> None:
    query: dict[str, Any] = {"sort": "oldest", "per_page": 50, "page": 2, "base_timestamp": "2e9"}
    good = client.get(**query)
    target = ",to=http://127.0.0.1:9" if kind == "next_host" else ""
    client.sandbox.change(fault=[f"{kind},times=1{target}"])
    with suppress(requests.RequestException):
        bad = client.get(**query)
        different = [bad.status_code, bad.content, bad.headers["Content-Type"]]
        assert different != [good.status_code, good.content, good.headers["Content-Type"]]
    assert client.get(**query).json() == good.json()


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("503,after=1,times=2", [200, 503, 503, 200]),
        ("500,every=3", [200, 200, 500, 200, 200, 500]),
        ("502,page=2", [200]),
        ("401,stream=member_visits", [200]),
    ],
)
def test_when_a_fault_occurs(client: Client, fault: str, expected: list[int]) -> None:
    client.sandbox.change(fault=[fault])
    assert [client.get().status_code for _ in expected] == expected


@pytest.mark.parametrize("kind", MALFORMED)
def test_malformed_records_are_those_that_the_sandbox_reports(client: Client, kind: str) -> None:
    good = client.records()
    client.sandbox.change(odd=[f"{kind},every=300,first=7"])
    assert len(client.sandbox.malformed()[kind]) == 3
    assert sum(record not in good for record in client.records()) == 3


def test_the_other_host_notes_whether_it_was_sent_the_token(client: Client) -> None:
    with Listener(secret=client.sandbox.token) as other:
        client.sandbox.change(fault=[f"redirect,to={other.origin}"])
        records = client.follow(client.get().headers["Location"]).json()["events"]
        assert [record["id"] for record in records] == [STRANGER]
        requests.get(f"{other.origin}/x", timeout=5)
    assert other.visits == [True, False]


@pytest.mark.parametrize("option", ["delete", "surface"])
def test_records_vanish_or_appear_while_the_list_is_read(client: Client, option: str) -> None:
    client.sandbox.change(**{option: "0.2"})
    read = [record["id"] for record in client.records(per_page=100, sort="oldest")]
    stayed = client.sandbox.ids(throughout=1).keys()
    assert 650 < len(stayed) < 800
    if option == "delete":  # page numbers skip records
        assert len(stayed - set(read)) > 50
    else:  # page numbers repeat records
        assert stayed <= set(read)
        assert len(read) - len(set(read)) > 50


def test_late_records_appear_with_the_time_they_were_stored() -> None:
    with Sandbox(SMALL.changed({"until": None, "growth": 6_000.0, "lag": 0.3})) as sandbox:
        client = Client(sandbox)
        sandbox.change(clock_offset=60.0)
        late = sandbox.ids().keys() - {record["id"] for record in client.records()}
        assert len(late) > 100
        sandbox.change(clock_offset=120.0)
        assert late <= {record["id"] for record in client.records()}


def test_the_manual_names_every_option_and_kind() -> None:
    manual = Path("sandbox/README.md").read_text("utf-8")
    flags = [f"`--{name.replace('_', '-')}" for name in Options.model_fields]
    kinds = [f"`{kind}`" for kind in (*KINDS, *MALFORMED)]
    assert [word for word in flags + kinds if word not in manual] == []
