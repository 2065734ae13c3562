"""A service of a few hundred records that answers one scenario's way.

Smaller than the sandbox, and with bodies that the sandbox does not send: a broken byte, another
encoding. The three endpoints serve the same shape; each has records of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from trials.compatibility.scenarios import TOKEN, Scenario

ENDPOINTS = {
    "events": "events",
    "member_visits": "member_visits",
    "tracker_events": "analytics_tracker_events",
}
"""Stream and path."""
START = datetime(2025, 1, 1, tzinfo=UTC)
END = datetime(2025, 12, 31, tzinfo=UTC)
_RECORDS = {"events": 300, "member_visits": 40, "tracker_events": 40}
_PER_PAGE = 40
"""So that a window has several pages, whatever is asked for."""


def _records(stream: str) -> list[dict[str, Any]]:
    step = (END - START) / _RECORDS[stream]
    return [
        {
            "id": f"{stream}-{number}",
            "name": "post.liked" if stream == "events" else "PageView",
            "created_at": (START + number * step).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "payload": {"words": "caf\u00e9"},
        }
        for number in range(_RECORDS[stream])
    ]


@dataclass
class Service:
    scenario: Scenario
    url: str = ""
    mended: bool = False
    """The scenario's trouble is over."""
    answered: int = 0
    refused: int = 0
    lock: Lock = field(default_factory=Lock)

    def ids(self, stream: str) -> set[str]:
        return {record["id"] for record in _records(stream)}

    def answer(
        self, path: str, query: Mapping[str, Sequence[str]], token: str
    ) -> tuple[int, bytes, str]:
        """Status, body, and what the content type adds."""
        stream = next((s for s, p in ENDPOINTS.items() if path == f"/data_api/v1/{p}"), None)
        if token != f"Bearer {TOKEN}":
            return 401, b'{"error": "no such token"}', ""
        if stream is None:
            return 404, b"{}", ""
        trouble = not self.mended and stream == "events"
        with self.lock:
            self.answered += 1
            if trouble and self.scenario.status and self.refused < self.scenario.times:
                self.refused += 1
                return self.scenario.status, b'{"error": "not now"}', ""
        page = self._page(stream, query)
        text = json.dumps(page, ensure_ascii=False)
        if trouble and self.scenario.body and self._struck(page["events"]):
            return 200, self.scenario.body(text), self.scenario.charset
        return 200, text.encode(), ""

    def _struck(self, events: Sequence[dict[str, Any]]) -> bool:
        """The page that holds the record in the middle, or the last one."""
        middle = f"events-{_RECORDS['events'] * self.scenario.where // 100}"
        return any(record["id"] == middle for record in events)

    def _page(self, stream: str, query: Mapping[str, Sequence[str]]) -> dict[str, Any]:
        ignored = self.scenario.ignored
        records = _records(stream)
        if "created_at_gt" in query and "created_at_gt" not in ignored:
            after = datetime.fromisoformat(query["created_at_gt"][0])
            records = [r for r in records if datetime.fromisoformat(r["created_at"]) > after]
        if "base_timestamp" in query and "base_timestamp" not in ignored:
            until = float(query["base_timestamp"][0])
            records = [
                r for r in records if datetime.fromisoformat(r["created_at"]).timestamp() < until
            ]
        if query.get("sort", [""])[0] != "oldest" or "sort" in ignored:
            records.reverse()
        number = int(query.get("page", ["1"])[0])
        pagination: dict[str, Any] = {}
        if number * _PER_PAGE < len(records):
            kept = "&".join(f"{k}={v[0]}" for k, v in query.items() if k != "page")
            pagination["next_page_uri"] = f"{self.url}/{ENDPOINTS[stream]}?{kept}&page={number + 1}"
        return {
            "pagination": pagination,
            "events": records[(number - 1) * _PER_PAGE : number * _PER_PAGE],
        }


@contextmanager
def served(scenario: Scenario) -> Iterator[Service]:
    service = Service(scenario)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            asked = parse_qs(parts.query)
            token = self.headers.get("Authorization", "")
            status, body, charset = service.answer(parts.path, asked, token)
            self.send_response(status)
            self.send_header("Content-Type", f"application/json{charset}")
            self.send_header("Content-Length", str(len(body)))
            if status == 429:
                self.send_header("Retry-After", "1")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Not on stderr."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        service.url = f"http://127.0.0.1:{server.server_address[1]}/data_api/v1"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield service
        finally:
            server.shutdown()
            thread.join()
