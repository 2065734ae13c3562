"""Small requests to the service, and what its answers look like.

A sync needs the rows of an answer; the probe also needs what a sync has no use for: the link as it was
written, the names of the headers, the service's clock. What is refused is refused in a sync's words.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import requests

from source_circle_events.errors import transient_error
from source_circle_events.http.responses import TryAgainError, body_of, failure, page_of
from source_circle_events.http.rest import server_time
from source_circle_events.reading.window import moment

MOST_REQUESTS: Final = 25
_PATIENCE: Final = (0.5, 1.5)
"""Seconds before each new try."""
_TIMEOUT: Final = (3, 15)
_FRACTION: Final = re.compile(r"T\d\d:\d\d:\d\d(?:\.(\d+))?(Z|[+-]\d\d:?\d\d)?$")


class OutOfRequestsError(Exception):
    """The service wants a rest, or was asked often enough: what is not known yet stays unknown."""


class RefusedError(Exception):
    """The service takes no such parameter (400, 422)."""


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


class Service:
    """Asks one request after the other, and remembers what all answers had in common."""

    def __init__(self, api_token: str) -> None:
        self._session = requests.Session()
        self._session.headers.update(
            {"Accept": "application/json", "Authorization": f"Bearer {api_token}"}
        )
        self._session.auth = lambda request: request  # none from a .netrc file in its place
        self.requests = 0
        self.headers: set[str] = set()
        self.limited: list[str] | None = None
        """The names of a 429's headers, if there was one."""
        self.slowest_clock, self.fastest_clock = -float("inf"), float("inf")
        """Seconds that the service's clock is ahead at least and at most, by `Date`."""

    def page(self, url: str, **parameters: Any) -> Answer:
        """The page at `url`; an AirbyteTracedException with a sentence if there is none."""
        for delay in (*_PATIENCE, None):
            try:
                return self._page(url, parameters)
            except TryAgainError as error:
                if delay is None or self.requests >= MOST_REQUESTS:
                    raise transient_error(str(error)) from None
                time.sleep(delay)
        raise AssertionError

    def _page(self, url: str, parameters: Mapping[str, Any]) -> Answer:
        response, body = self.ask(url, parameters)
        if response.status_code == 429:
            self.limited = sorted({name.title() for name in response.headers})
            raise OutOfRequestsError
        if response.status_code in (400, 422) and self.requests > 1:
            raise RefusedError
        page = page_of(response, body, url)
        link = (json.loads(body.decode("utf-8", "replace")).get("pagination") or {}).get(
            "next_page_uri"
        )
        return Answer([Row.of(row) for row in page.rows], link or None)

    def ask(self, url: str, parameters: Mapping[str, Any]) -> tuple[requests.Response, bytes]:
        """One request. Redirects are not followed: the token is for this address alone."""
        if self.requests >= MOST_REQUESTS:
            raise OutOfRequestsError
        self.requests += 1
        before = datetime.now(UTC)
        try:
            with self._session.get(
                url, params=parameters, timeout=_TIMEOUT, allow_redirects=False, stream=True
            ) as response:
                self._look_at(response, before)
                return response, body_of(response)
        except requests.exceptions.RequestException as error:
            raise failure(error, url) from None

    def _look_at(self, response: requests.Response, before: datetime) -> None:
        self.headers |= {name.title() for name in response.headers}
        said = server_time(response.headers)
        if said and "Age" not in response.headers:  # `Date` is cut to whole seconds
            ahead = (said - datetime.now(UTC)).total_seconds()
            self.slowest_clock = max(self.slowest_clock, ahead)
            ahead = (said + timedelta(seconds=1) - before).total_seconds()
            self.fastest_clock = min(self.fastest_clock, ahead)
