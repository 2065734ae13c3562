"""Asks for one page: in its turn, again if need be, never for ever.

Own retries and not the CDK's, because a 429 must pause all workers and not one, a page is good only
once its body is parsed, a redirect must not be followed with the token, and a user needs a sentence
where the CDK says "Exhausted available request attempts".
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
import urllib3.exceptions

from source_circle_events.errors import system_error, transient_error
from source_circle_events.http.connection_errors import connection_error
from source_circle_events.http.page import Page
from source_circle_events.http.rate_limit import Closed, RateLimiter
from source_circle_events.http.responses import (
    RefusedTokenError,
    address,
    origin,
    page_from,
    still_limited,
)
from source_circle_events.http.retry_after import requested_wait
from source_circle_events.http.retry_policy import RetryPolicy, TryAgainError
from source_circle_events.http.sockets import AbortableAdapter

if TYPE_CHECKING:
    from source_circle_events.config import Config

logger = logging.getLogger("airbyte.circle")

_LARGEST = 256 * 2**20
"""Bytes of a body, far beyond 2,000 records: one without an end must not fill the memory."""


class CircleClient:
    """Reads pages; one for each command, used by all its workers at once."""

    def __init__(self, config: Config, limiter: RateLimiter, policy: RetryPolicy) -> None:
        self._config = config
        self._limiter = limiter
        self._policy = policy
        self._closed = threading.Event()
        self._why: Exception | None = None
        self._adapter = AbortableAdapter()
        self._session = requests.Session()
        self._session.headers.update(
            {
                "Accept": "application/json",
                "Accept-Encoding": "gzip",
                "Authorization": f"Bearer {config.api_token}",
            }
        )
        # Ours stays: without this, requests would put one from a .netrc file in its place.
        self._session.auth = lambda request: request
        # Plain http is for this machine: by a proxy, the token would leave it for all to read.
        self._session.trust_env = config.base_url.startswith("https:")
        self._session.mount("https://", self._adapter)
        self._session.mount("http://", self._adapter)

    def page(self, stream: str, url: str, parameters: Mapping[str, Any]) -> Page:
        """The page at `url`; blocks until it is there.

        Raises AirbyteTracedException with a sentence, or Closed if the client was closed meanwhile.
        """
        if origin(url) != origin(self._config.base_url):
            raise system_error("A request would have left the configured address; it was not sent.")
        deadline = time.monotonic() + self._policy.in_all
        retrying = self._policy.retrying(self._closed)
        try:
            return retrying(self._accepted, stream, url, parameters, deadline)
        except TryAgainError as error:
            tried = retrying.statistics["attempt_number"]
            said = f" Tried {tried} times." if tried > 1 else ""
            raise transient_error(str(error) + said) from None
        except RefusedTokenError as error:
            self.close(error)  # it is every stream's: none should go on until it is told the same
            raise
        except Closed:
            raise self._why or Closed from None

    def close(self, why: Exception | None = None) -> None:
        """Ends the requests under way at once and closes all connections; their threads get `why`, or
        Closed."""
        self._why = self._why or why
        self._closed.set()
        self._adapter.abort_all()
        self._session.close()

    def _accepted(
        self, stream: str, url: str, parameters: Mapping[str, Any], deadline: float
    ) -> Page:
        """The page, asked for until the answer is no 429."""
        while True:
            with self._limiter.slot(self._closed) as slot:
                response, body = self._send(url, parameters)
                slot.counted = response.status_code != 429
            if slot.counted:
                return page_from(response, body, stream)
            self._pause(response, deadline)

    def _send(self, url: str, parameters: Mapping[str, Any]) -> tuple[requests.Response, bytes]:
        """The answer and its body; redirects are not followed."""
        if self._closed.is_set():
            raise Closed
        policy, started = self._policy, time.monotonic()
        try:
            with (
                self._adapter.within(policy.whole),
                self._session.get(
                    url,
                    params=parameters,
                    timeout=(policy.connect, policy.read),
                    allow_redirects=False,
                    stream=True,
                ) as response,
            ):
                body: bytes = response.raw.read(_LARGEST + 1, decode_content=True)
        except (OSError, RuntimeError, ValueError, urllib3.exceptions.HTTPError) as error:
            if self._closed.is_set():
                raise Closed from None
            seconds = time.monotonic() - started
            logger.debug(f"GET {urlsplit(url).path}: {type(error).__name__} after {seconds:.2f} s")
            if seconds >= policy.whole:
                raise TryAgainError(f"{origin(url)} did not answer in time.") from None
            raise connection_error(error, url) from None
        if len(body) > _LARGEST:
            raise system_error(
                f"{address(url)} answered with more than {_LARGEST >> 20} MB, which is no page of the "
                'Data API. Check that "base_url" is the address of the API; otherwise please report it.'
            )
        seconds = time.monotonic() - started
        logger.debug(
            f"GET {urlsplit(url).path}: {response.status_code}, {len(body)} bytes in {seconds:.2f} s"
        )
        return response, body

    def _pause(self, response: requests.Response, deadline: float) -> None:
        """After a 429, all workers together; the limiter's next slot comes after it."""
        asked = requested_wait(response.headers)
        wait = asked
        if wait is None:  # a command cannot wait for a minute to pass
            wait = min(self._limiter.seconds_until_window_frees(), self._policy.in_all / 4)
        if time.monotonic() + wait > deadline:
            raise still_limited(wait)
        wait += random.uniform(0.1, 1.0)  # noqa: S311
        if self._limiter.pause_all(wait):
            said = "as it asks" if asked is not None else "which is the rest of the minute"
            logger.info(
                f"Circle limits the requests (429): all workers pause for {wait:.0f} s, {said}, "
                f"then go on with {self._limiter.per_minute} requests a minute."
            )
