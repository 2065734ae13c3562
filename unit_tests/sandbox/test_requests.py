"""How the sandbox reads a request: token, bounds, pages, links and times.

`unit_tests/tools/test_probe.py` tests the options of order, filter and resolution."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from sandbox import Options, Sandbox
from unit_tests.sandbox.conftest import Client


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}])
def test_a_wrong_token_is_rejected_and_no_token_is_stored(
    client: Client, headers: dict[str, str]
) -> None:
    url = f"{client.sandbox.base_url}/events?key={client.sandbox.token}"
    assert requests.get(url, headers=headers, timeout=5).status_code == 401
    assert client.sandbox.token not in repr(client.sandbox.requests())


@pytest.mark.parametrize(
    "name", ["created_at_gt", "base_timestamp", "sort", "per_page", "events[]"]
)
def test_a_wrong_parameter_is_rejected(client: Client, name: str) -> None:
    assert client.get(**{name: "wrong"}).status_code == 400


@pytest.mark.parametrize("form", ["absolute", "relative", "query"])
@pytest.mark.parametrize("paging", ["page", "cursor"])
def test_forms_of_links(client: Client, form: str, paging: str) -> None:
    parameters: dict[str, Any] = {"sort": "oldest", "events[]": ["post.liked"]}
    expected = client.records(**parameters)
    client.sandbox.change(link_form=form, link_paging=paging)
    assert client.records(**parameters, per_page=50) == expected
    link = urlsplit(client.get(per_page=50).json()["pagination"]["next_page_uri"])
    assert (bool(link.netloc), bool(link.path)) == (form == "absolute", form != "query")
    assert ("page" in parse_qs(link.query)) == (paging == "page")


def test_sizes_of_pages(client: Client) -> None:
    expected = client.records()
    client.sandbox.change(empty_page_every=2)
    assert [len(page) for page in client.pages(per_page=450)][:3] == [450, 0, 450]

    client.sandbox.change(empty_page_every=0, ragged_pages=True)
    pages = client.pages(per_page=100)
    assert len({len(page) for page in pages}) > 5
    assert [record for page in pages for record in page] == expected

    client.sandbox.change(ragged_pages=False, depth_limit=100)
    statuses = [client.get(per_page=50, page=page).status_code for page in (1, 2, 3)]
    assert statuses == [200, 200, 400]


def test_times_are_truncated_and_have_the_offset(client: Client) -> None:
    exact = client.sandbox.ids()
    client.sandbox.change(resolution="milliseconds", offset="-06:00")
    for record in client.records():
        assert re.search(r"\.\d{3}-06:00$", record["created_at"])
        shown, stored = (
            datetime.fromisoformat(t) for t in (record["created_at"], exact[record["id"]])
        )
        assert 0 <= (stored - shown).total_seconds() < 0.001


def test_too_many_requests_are_rejected() -> None:
    with Sandbox(Options(events=3, rate_limit=3)) as sandbox:
        client = Client(sandbox)
        assert [client.get().status_code for _ in range(4)] == [200, 200, 200, 429]
        assert 1 <= int(client.get().headers["Retry-After"]) <= 60


@pytest.mark.parametrize(
    "wrong", [{"fault": ["418x"]}, {"odd": ["strange"]}, {"lag": "much"}, {"no_such_option": 1}]
)
def test_a_wrong_option_changes_nothing(client: Client, wrong: dict[str, object]) -> None:
    before = client.sandbox.options()
    response = requests.post(f"{client.sandbox.origin}/_sandbox/options", json=wrong, timeout=5)
    assert response.status_code == 400
    assert client.sandbox.options() == before


def test_the_same_options_give_the_same_history(client: Client) -> None:
    with Sandbox(Options(**client.sandbox.options())) as same:
        assert Client(same).records() == client.records()
