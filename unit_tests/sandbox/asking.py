"""How these tests ask a sandbox: over real HTTP, as a client would."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin

import requests

from sandbox import Options, Sandbox

NOON = "2025-06-01T12:00:00Z"
STREAMS = ("events", "member_visits", "analytics_tracker_events")
SMALL = Options(events=900, visits=300, tracker=300, days=60, until=NOON)


class Asker:
    """Asks one sandbox as a client would, with its token."""

    def __init__(self, api: Sandbox) -> None:
        self.api = api
        self.session = requests.Session()
        self.session.trust_env = False

    def get(self, stream: str = "events", **params: Any) -> requests.Response:
        return self.follow(f"{self.api.base_url}/{stream}", params)

    def follow(self, url: str, params: dict[str, Any] | None = None) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.api.token}"}
        return self.session.get(
            url, params=params, headers=headers, timeout=5, allow_redirects=False
        )

    def page(self, stream: str = "events", **params: Any) -> list[dict[str, Any]]:
        answer = self.get(stream, **params)
        answer.raise_for_status()
        return list(answer.json()["events"])

    def chain(self, stream: str = "events", **params: Any) -> list[list[dict[str, Any]]]:
        """The pages of a whole chain of next_page_uri."""
        answer, pages = self.get(stream, **params), []
        while True:
            answer.raise_for_status()
            body = answer.json()
            pages.append(body["events"])
            link = body["pagination"].get("next_page_uri")
            if link is None:
                return pages
            answer = self.follow(urljoin(f"{self.api.base_url}/{stream}", link))

    def rows(self, stream: str = "events", **params: Any) -> list[str]:
        """The ids of a whole chain."""
        return [identity for page in self.chain(stream, **params) for identity in ids(page)]


def ids(records: list[dict[str, Any]]) -> list[str]:
    return [record["id"] for record in records]


def at(moment: str) -> float:
    """The clock offset that makes it this moment now."""
    return (datetime.fromisoformat(moment) - datetime.now(UTC)).total_seconds()
