"""Small requests to the service, and what its answers look like.

A sync needs the rows of an answer; the probe also needs what a sync has no use for: the link as it was
written, the names of the headers, the service's clock. What is refused is refused in a sync's words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import requests

from source_circle_events.http.client import COMMAND, CircleClient
from source_circle_events.http.rate_limit import RateLimiter
from source_circle_events.http.times import http_date, moment

if TYPE_CHECKING:
    from source_circle_events.config import Config

MOST_REQUESTS: Final = 25
_FRACTION: Final = re.compile(r"T\d\d:\d\d:\d\d(?:\.(\d+))?(Z|[+-]\d\d:?\d\d)?$")


class OutOfRequestsError(Exception):
    """The service wants a rest, or was asked often enough: what is not known yet stays unknown."""


class RefusedError(Exception):
    """The service takes no such parameter (400, 422)."""


class ShortPageError(Exception):
    """A page ends before the rows that would tell."""


@dataclass(frozen=True)
class Row:
    """A record, as far as the questions go. Times in UTC; None where absent or no time."""

    created: datetime | None
    triggered: datetime | None
    name: str | None
    digits: str | None
    """The digits after the second in the text of `created_at`; None if it is no timestamp."""
    offset: str
    fields: Mapping[str, Any]

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> Row:
        created, name = moment(fields.get("created_at")), fields.get("name")
        text = _FRACTION.search(str(fields.get("created_at"))) if created else None
        return cls(
            created=created,
            triggered=moment(fields.get("triggered_at")),
            name=name if isinstance(name, str) else None,
            digits=(text[1] or "") if text else None,
            offset=(text[2] or "") if text else "",
            fields=fields,
        )


@dataclass(frozen=True)
class Answer:
    rows: list[Row]
    link: str | None
    """`next_page_uri` as it came."""


class Service(CircleClient):
    """Asks one request after the other, and remembers what all answers had in common."""

    def __init__(self, config: Config) -> None:
        super().__init__(config, RateLimiter(), COMMAND)
        self._body = b""
        self.requests = 0
        self.headers: set[str] = set()
        self.limited: list[str] | None = None
        """The names of a 429's headers, if there was one."""
        self.slowest_clock, self.fastest_clock = -float("inf"), float("inf")
        """Seconds that the service's clock is ahead at least and at most, by `Date`."""

    def answer(self, stream: str, url: str, **parameters: Any) -> Answer:
        """The page at `url`; an AirbyteTracedException with a sentence if there is none."""
        page = self.page(stream, url, parameters)
        pagination = json.loads(self._body.decode("utf-8", "replace")).get("pagination")
        link = (pagination or {}).get("next_page_uri")
        return Answer([Row.of(json.loads(bytes(row))) for row in page.rows], link or None)

    def _send(self, url: str, parameters: Mapping[str, Any]) -> tuple[requests.Response, bytes]:
        """As in a sync, but a 429 is not waited for, and a refused parameter is no failure."""
        if self.requests >= MOST_REQUESTS:
            raise OutOfRequestsError
        self.requests += 1
        before = datetime.now(UTC)
        response, self._body = super()._send(url, parameters)
        self._look_at(response, before)
        if response.status_code == 429:
            self.limited = sorted({name.title() for name in response.headers})
            raise OutOfRequestsError
        if response.status_code in (400, 422) and self.requests > 1:
            raise RefusedError
        return response, self._body

    def _look_at(self, response: requests.Response, before: datetime) -> None:
        self.headers |= {name.title() for name in response.headers}
        said = http_date(response.headers.get("Date", ""))
        if said and "Age" not in response.headers:  # `Date` is cut to whole seconds
            ahead = (said - datetime.now(UTC)).total_seconds()
            self.slowest_clock = max(self.slowest_clock, ahead)
            ahead = (said + timedelta(seconds=1) - before).total_seconds()
            self.fastest_clock = min(self.fastest_clock, ahead)
