"""Requests one page, with rate limiting, retries and deadlines.

It does not use the CDK's requester because a 429 must pause all workers, a body that cannot be decoded
must be retried, the token must not be sent to the target of a redirect, and the CDK's final message,
"Exhausted available request attempts", does not help the user.
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

from source_circle_events import manifest
from source_circle_events.failure_types import system_error, transient_error
from source_circle_events.http.connection_errors import connection_error
from source_circle_events.http.page import Page
from source_circle_events.http.rate_limit import ClientClosedError, RateLimiter
from source_circle_events.http.responses import origin, page_from
from source_circle_events.http.retries_and_timeouts import (
    RateLimitedError,
    RetryableError,
    RetryPolicy,
)

if TYPE_CHECKING:
    from source_circle_events.config import Config

logger = logging.getLogger("airbyte.circle")

_LARGEST = 256 * 2**20
"""The largest body, in bytes; a full page needs far less. An endless body must not fill the memory."""
_PIECE = 256 * 2**10


class CircleClient:
    """Reads pages. A command has one client, which all its threads share."""

    def __init__(self, config: Config, policy: RetryPolicy) -> None:
        self._config, self._policy = config, policy
        self.limiter = RateLimiter()
        self._closed = threading.Event()
        self._session = requests.Session()
        requester = manifest.load()["definitions"]["requester"]
        self._session.headers.update(
            requester["request_headers"]
            | {"Accept-Encoding": "gzip", "Authorization": f"Bearer {config.api_token}"}
        )
        # Keeps our Authorization header: requests would replace it by a password from a .netrc file.
        self._session.auth = lambda request: request
        # Plain http is allowed for this machine only, without a proxy, which would see the token.
        self._session.trust_env = config.base_url.startswith("https:")
        self._session.mount(config.base_url, requests.adapters.HTTPAdapter(pool_maxsize=64))

    def page(self, stream: str, url: str, parameters: Mapping[str, Any]) -> Page:
        """Returns the page at `url`, after waiting and retrying if necessary.

        Raises AirbyteTracedException with a message for the user, or ClientClosedError after `close`.
        """
        if origin(url) != origin(self._config.base_url):
            raise system_error(
                'A request was not sent, because its host is not the one in "base_url": the API token '
                "is sent nowhere else. Please report this to the connector's authors."
            )
        deadline = time.monotonic() + self._policy.total
        tries = 0
        while True:
            try:
                return page_from(*self._send(url, parameters), stream)
            except RateLimitedError as error:
                self._pause_all(error, deadline)
            except RetryableError as error:
                tries += 1
                self._wait(error, tries, deadline)

    def close(self) -> None:
        """Wakes threads that wait and sends no more requests: `page` raises ClientClosedError in them.

        A request that was already sent continues until its deadline or the end of the process."""
        self._closed.set()
        self._session.close()

    def _send(self, url: str, parameters: Mapping[str, Any]) -> tuple[requests.Response, bytes]:
        """Sends one request and returns the response and its body; does not follow redirects."""
        self.limiter.begin(self._closed)
        counted, outcome, started = True, "failed", time.monotonic()
        try:
            with self._session.get(
                url,
                params=parameters,
                timeout=(self._policy.connect, self._policy.read),
                allow_redirects=False,
                stream=True,
            ) as response:
                counted = response.status_code != 429
                body = self._body(response, started + self._policy.answer)
            outcome = f"{response.status_code}, {len(body)} bytes"
        except (OSError, RuntimeError, ValueError, urllib3.exceptions.HTTPError) as error:
            outcome = type(error).__name__
            raise connection_error(error, url) from None
        finally:
            self.limiter.end(counted=counted)
            seconds = time.monotonic() - started
            logger.debug(f"GET {urlsplit(url).path}: {outcome} in {seconds:.2f} s")
        return response, body

    def _body(self, response: requests.Response, deadline: float) -> bytes:
        """Reads the body in pieces and checks the deadline.

        The read timeout of `requests` is not enough: it starts again with each packet.
        """
        pieces, size = [], 0
        while piece := response.raw.read1(_PIECE, decode_content=True):
            pieces.append(piece)
            size += len(piece)
            if size > _LARGEST:
                host = origin(response.url)
                raise RetryableError(
                    f"{host} answered with more than {_LARGEST >> 20} MB, far more than a page has. If "
                    'this happens again, check that "base_url" is the address of the Data API.'
                )
            if time.monotonic() > deadline:
                raise TimeoutError
        return b"".join(pieces)

    def _wait(self, error: RetryableError, tries: int, deadline: float) -> None:
        """Waits before the next attempt; raises a transient_error if no attempt or time is left."""
        wait = max(self._policy.wait_after(tries), error.wait or 0.0)
        if tries >= self._policy.tries or time.monotonic() + wait > deadline:
            tried = f" Tried {tries} times." if tries > 1 else ""
            raise transient_error(f"{error}{tried}") from None
        logger.info(f"Trying again in {wait:.0f} s ({tries} of {self._policy.tries - 1}): {error}")
        if self._closed.wait(wait):
            raise ClientClosedError from None

    def _pause_all(self, error: RateLimitedError, deadline: float) -> None:
        """Makes all workers pause after a 429; raises a transient_error if that exceeds the deadline."""
        wait, why = error.wait, "as Circle asks"
        if wait is None:  # an interactive command cannot wait for a whole minute
            wait = min(self.limiter.rest_of_minute(), self._policy.total / 4)
            why = "the rest of the minute"
        if time.monotonic() + wait > deadline:
            raise transient_error(f"{error} The next request is allowed in {wait:.0f} s.") from None
        wait += random.uniform(0.1, 1.0)  # noqa: S311
        if self.limiter.pause_all(wait):
            logger.info(
                f"Circle limits the requests (429): all workers pause for {wait:.0f} s ({why}), then "
                f"continue with up to {self.limiter.per_minute} requests a minute."
            )
