"""Asks the service small requests, and keeps of the answers what a sync has no use for."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import requests

from source_circle_events.http.client import CircleClient
from source_circle_events.http.mending import utf8
from source_circle_events.http.rate_limit import RateLimiter
from source_circle_events.http.retry_policy import COMMAND
from source_circle_events.schemas.documents import STREAMS

if TYPE_CHECKING:
    from source_circle_events.config import Config

Rows = list[dict[str, Any]]

MOST_REQUESTS: Final = 25
FEW: Final = "too few records to tell"
_NO_MORE: Final = "not asked: too many requests, or none is answered"


class UnknownError(Exception):
    """What the answers cannot tell; the text says why."""


class RefusedError(UnknownError):
    """The service takes no such parameter."""


def require(told: object, otherwise: str = FEW) -> None:
    """Go on only if the answers can tell."""
    if not told:
        raise UnknownError(otherwise)


class Answer(NamedTuple):
    rows: Rows
    link: str
    """`next_page_uri` as it came, "" if there is none."""


class Service(CircleClient):
    """Asks one request after the other, and remembers what all answers had in common."""

    def __init__(self, config: Config) -> None:
        super().__init__(config, RateLimiter(), COMMAND)
        self.paths = {stream: getattr(config, f"{stream}_path") for stream in STREAMS}
        self.rows: defaultdict[str, Rows] = defaultdict(list)
        """All that came, by stream."""
        self.link = ""
        """The first `next_page_uri`."""
        self.ahead: list[float] = []
        """Seconds, for each answer: its `Date` less this machine's time."""
        self.requests = 0
        self.headers: set[str] = set()
        self.limited = False
        """Whether a 429 came: nothing more is asked then."""
        self._text = b""

    def answer(self, stream: str, **parameters: Any) -> Answer:
        """The stream's page; an AirbyteTracedException with a sentence if there is none."""
        page = self.page(stream, f"{self._config.base_url}/{self.paths[stream]}", parameters)
        if page.server_time:
            self.ahead.append((page.server_time - datetime.now(UTC)).total_seconds())
        body = json.loads(self._text, strict=False)
        link = (body.get("pagination") or {}).get("next_page_uri") or ""
        self.link = self.link or link
        self.rows[stream] += body["events"]
        return Answer(body["events"], link)

    def _send(self, url: str, parameters: Mapping[str, Any]) -> tuple[requests.Response, bytes]:
        """As in a sync, but a 429 is not waited for, and a refused parameter is no failure."""
        if self.requests >= MOST_REQUESTS or self.limited:
            raise UnknownError(_NO_MORE)
        self.requests += 1
        response, body = super()._send(url, parameters)
        self.headers |= {name.title() for name in response.headers}
        if response.status_code == 429:
            self.limited = True
            raise UnknownError(_NO_MORE)
        if response.status_code in (400, 422) and self.requests > 1:
            raise RefusedError("the service refuses a parameter of the question (400)")
        self._text = utf8(body, response.headers.get("Content-Type", ""))
        return response, body
