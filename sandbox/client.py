"""The side door from Python: what tests and benchmarks ask a running sandbox, over HTTP.

One code for a sandbox in this process and one of its own, so that a test moves from one to the
other by a word.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from ssl import create_default_context
from typing import Any
from urllib.parse import urlencode
from urllib.request import HTTPSHandler, ProxyHandler, Request, build_opener


class Client:
    """A sandbox that listens on a port of this machine; `tls` is its certificate's file, if any."""

    def __init__(self, port: int, token: str, tls: str | None = None) -> None:
        self.origin = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
        self.base_url = f"{self.origin}/data_api/v1"
        self.token = token
        # Never by a proxy: the address is loopback, whatever the environment says.
        https = [HTTPSHandler(context=create_default_context(cafile=tls))] if tls else []
        self._opener = build_opener(ProxyHandler({}), *https)

    def ids(self, stream: str = "events", **query: object) -> dict[str, str]:
        """id -> created_at of all rows stored by now; see `/_sandbox/ids` for the query."""
        answer = self._get("ids", {"stream": stream, **query})
        return dict(zip(answer["ids"], answer["created_at"], strict=True))

    def odd(self, stream: str = "events") -> dict[str, list[str]]:
        """kind -> ids of the rows that are served out of shape."""
        answer: dict[str, list[str]] = self._get("ids", {"stream": stream}).get("odd", {})
        return answer

    def requests(self, since: int = 0) -> list[dict[str, Any]]:
        """The API's requests after number `since`, oldest first."""
        answer: list[dict[str, Any]] = self._get("requests", {"since": since})
        return answer

    def stats(self) -> dict[str, Any]:
        answer: dict[str, Any] = self._get("stats", {})
        return answer

    def options(self) -> dict[str, Any]:
        answer: dict[str, Any] = self._get("options", {})
        return answer

    def change(self, **options: object) -> None:
        """Replace options; urllib's HTTPError 400 if one is wrong."""
        body = json.dumps(options).encode()
        request = Request(f"{self.origin}/_sandbox/options", data=body, method="POST")
        with self._opener.open(request, timeout=300):
            self.token = str(options.get("token", self.token))

    def _get(self, what: str, query: Mapping[str, object]) -> Any:
        text = urlencode(query, doseq=True)
        with self._opener.open(f"{self.origin}/_sandbox/{what}?{text}", timeout=300) as answer:
            return json.load(answer)
