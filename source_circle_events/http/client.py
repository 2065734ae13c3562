"""How one page is asked for: in its turn, again if need be, never for ever.

The manifest says what to ask (URL, parameters). Own retries and not the CDK's, because a 429 must
pause all workers and not one, a page is good only once its body is parsed, a redirect must not be
followed with the token, and a user needs a sentence where the CDK says "Exhausted available request
attempts".
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError
from datetime import datetime
from typing import Any, TypeVar

import requests
from airbyte_cdk.sources.declarative.requesters.http_requester import HttpRequester

from source_circle_events.errors import transient_error
from source_circle_events.http.page import Page, Row
from source_circle_events.http.rate_limit import Pace
from source_circle_events.http.responses import TryAgainError, body_of, failure, page_of
from source_circle_events.http.rest import LONGEST, requested_wait, server_time
from source_circle_events.reading.window import Window

logger = logging.getLogger("airbyte.circle")

RETRY_DELAYS = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
"""Seconds before each new try of a failed request, jittered; a minute in all. A service that is away
for longer ends the sync, which the platform then tries again by itself."""
PATIENCE = 540.0
"""Seconds one page may be put off by 429s, all pauses together: below the platform's ten minutes."""

_decoding = threading.Lock()
"""One page at a time is held as Python objects, ten times its JSON; the GIL lets no two be decoded
at once anyway."""
Parameters = Mapping[str, Any]
Result = TypeVar("Result")
Digest = Callable[[Page, datetime | None], Result]
"""What a worker makes of a page and of the service's own time."""


class PageClient:
    """Reads pages of one stream; used by all workers at once."""

    def __init__(
        self, requester: HttpRequester, api_token: str, pace: Pace, *, patient: bool = True
    ) -> None:
        """`patient` False: one try with short timeouts, for a command that must answer at once."""
        self._requester = requester
        self._pace = pace
        self._delays = RETRY_DELAYS if patient else ()
        self._patience = PATIENCE if patient else 0.0
        self._timeout = (
            requester.connect_timeout_in_seconds or 10 if patient else 2,
            requester.read_timeout_in_seconds or 60 if patient else 15,
        )
        self._stopped = threading.Event()
        self._session = requests.Session()
        self._session.headers.update(
            {"Accept": "application/json", "Authorization": f"Bearer {api_token}"}
        )
        # Ours stays: without this, requests would put one from a .netrc file in its place.
        self._session.auth = lambda request: request
        adapter = requests.adapters.HTTPAdapter(pool_connections=1, pool_maxsize=64)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def fetch(self, window: Window, next_query: str | None, digest: Digest[Result]) -> Result:
        """What `digest` makes of the first page of `window`, or of the one `next_query` names."""
        return self._try(*self._request(window, next_query), digest)

    def newest(self, window: Window, count: int) -> list[Row]:
        """The stream's newest records, up to `count`; `window` only completes the request."""
        url, asked = self._request(window, None)
        no_bounds = {"created_at_gt": None, "base_timestamp": None}
        parameters = asked | no_bounds | {"per_page": count, "sort": "latest"}
        return self._try(url, parameters, lambda page, _: page.rows)

    def stop(self) -> None:
        self._stopped.set()  # nobody waits for the answers any more

    def _request(self, window: Window, next_query: str | None) -> tuple[str, dict[str, Any]]:
        token = {"next_page_token": next_query} if next_query else None
        ask, part = self._requester, window.as_slice()
        parameters = ask.get_request_params(stream_slice=part, next_page_token=token)
        return ask.get_url(stream_slice=part, next_page_token=token), dict(parameters)

    def _try(self, url: str, parameters: Parameters, digest: Digest[Result]) -> Result:
        failures = 0
        deadline = time.monotonic() + self._patience
        while True:
            if not self._pace.acquire(self._stopped):
                raise CancelledError
            counted = True
            try:
                response, body = self._send(url, parameters)
                counted = response.status_code != 429
                if counted:
                    with _decoding:
                        return digest(page_of(response, body, url), server_time(response.headers))
            except TryAgainError as error:
                reason = str(error)
            finally:
                self._pace.release(counted=counted)
            if not counted:
                self._rest(response, deadline)
                continue
            if failures >= len(self._delays):
                raise transient_error(
                    f"{reason} Tried {failures + 1} times." if failures else reason
                )
            delay = self._delays[failures] * random.uniform(0.8, 1.2)  # noqa: S311
            failures += 1
            tries = f"{failures} of {len(self._delays)}"
            logger.info(f"{reason} Trying again in {delay:.0f} s ({tries}).")
            if self._stopped.wait(delay):
                raise CancelledError

    def _send(self, url: str, parameters: Parameters) -> tuple[requests.Response, bytes]:
        """The answer and its body; redirects are not followed."""
        try:
            with self._session.get(
                url, params=parameters, timeout=self._timeout, allow_redirects=False, stream=True
            ) as response:
                return response, body_of(response)
        except requests.exceptions.RequestException as error:
            raise failure(error, url) from None

    def _rest(self, response: requests.Response, deadline: float) -> None:
        """Pause after a 429, all workers together."""
        asked = requested_wait(response.headers)
        wait = self._pace.rest_of_the_minute() if asked is None else asked
        if wait > LONGEST or time.monotonic() + wait > deadline:
            raise transient_error(
                f"Circle limits the requests of this account (429) and wants {wait:.0f} s more of "
                "rest, which would be longer than a sync may be silent. Sync less often, or stop "
                "other clients that use the same account."
            )
        wait += random.uniform(0.1, 1.0)  # noqa: S311
        if self._pace.too_fast(wait):
            said = "as it asks" if asked is not None else "which is the rest of the minute"
            logger.info(
                f"Circle limits the requests (429): all workers pause for {wait:.0f} s, {said}, "
                f"then go on with {self._pace.per_minute} requests a minute."
            )
