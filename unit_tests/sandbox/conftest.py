"""A small sandbox for each test module; changed options are restored after each test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

import pytest
import requests

from sandbox import Options, Sandbox

SMALL = Options(events=900, visits=300, tracker=300, days=60, until="2025-06-01T12:00:00Z")


class Client:
    """Sends requests to a sandbox, with its token."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    def get(self, stream: str = "events", **params: Any) -> requests.Response:
        return self.follow(f"{self.sandbox.base_url}/{stream}", params)

    def follow(self, url: str, params: dict[str, Any] | None = None) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.sandbox.token}"}
        return requests.get(url, params, headers=headers, timeout=1, allow_redirects=False)

    def pages(self, stream: str = "events", **params: Any) -> list[list[dict[str, Any]]]:
        """Returns the records of each page, following `next_page_uri` to the end."""
        response, pages = self.get(stream, **params), []
        while True:
            body = response.json()
            pages.append(body["events"])
            if not (link := body["pagination"].get("next_page_uri")):
                return pages
            response = self.follow(urljoin(f"{self.sandbox.base_url}/{stream}", link))

    def records(self, stream: str = "events", **params: Any) -> list[dict[str, Any]]:
        return [record for page in self.pages(stream, **params) for record in page]


@pytest.fixture(scope="module")
def shared_client() -> Iterator[Client]:
    with Sandbox(SMALL) as sandbox:
        yield Client(sandbox)


@pytest.fixture
def client(shared_client: Client) -> Iterator[Client]:
    before = shared_client.sandbox.options()
    yield shared_client
    after = shared_client.sandbox.options()
    if changed := {name: value for name, value in before.items() if after[name] != value}:
        shared_client.sandbox.change(**changed)
