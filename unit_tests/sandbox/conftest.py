"""One small sandbox for each test module, with its options put back after each test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

import pytest
import requests

from sandbox import Options, Sandbox

NOON = "2025-06-01T12:00:00Z"
SMALL = Options(events=900, visits=300, tracker=300, days=60, until=NOON)


class Asker:
    """Asks one sandbox over HTTP, with its token."""

    def __init__(self, api: Sandbox) -> None:
        self.api = api

    def get(self, stream: str = "events", **params: Any) -> requests.Response:
        return self.follow(f"{self.api.base_url}/{stream}", params)

    def follow(self, url: str, params: dict[str, Any] | None = None) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.api.token}"}
        return requests.get(url, params, headers=headers, timeout=5, allow_redirects=False)

    def records(self, stream: str = "events", **params: Any) -> list[dict[str, Any]]:
        answer = self.get(stream, **params)
        answer.raise_for_status()
        return list(answer.json()["events"])

    def pages(self, stream: str = "events", **params: Any) -> list[list[dict[str, Any]]]:
        """The records of each page, following next_page_uri to the end."""
        answer, pages = self.get(stream, **params), []
        while True:
            body = answer.json()
            pages.append(body["events"])
            if not (link := body["pagination"].get("next_page_uri")):
                return pages
            answer = self.follow(urljoin(f"{self.api.base_url}/{stream}", link))

    def ids(self, **params: Any) -> list[str]:
        return [record["id"] for page in self.pages(**params) for record in page]


@pytest.fixture(scope="module")
def shared() -> Iterator[Asker]:
    with Sandbox(SMALL) as api:
        yield Asker(api)


@pytest.fixture
def ask(shared: Asker) -> Iterator[Asker]:
    options = shared.api.options()
    yield shared
    now = shared.api.options()
    if changed := {name: value for name, value in options.items() if now[name] != value}:
        shared.api.change(**changed)
