"""Requests one page, with rate limiting, retries and deadlines.

It does not use the CDK's requester: a 429 must pause all workers, a page is good only once its body is
decoded, the token must not follow a redirect, and the CDK's last word is "Exhausted available request
attempts", which tells the user nothing.
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
from source_circle_events.errors import system_error, transient_error
from source_circle_events.http.connection_errors import connection_error
from source_circle_events.http.page import Page
from source_circle_events.http.rate_limit import ClientClosedError, RateLimiter
from source_circle_events.http.responses import origin, page_from
from source_circle_events.http.retry import RateLimitedError, RetryableError, RetryPolicy

if TYPE_CHECKING:
    from source_circle_events.config import Config

logger = logging.getLogger("airbyte.circle")

_LARGEST = 256 * 2**20
"""Bytes of a body, far above 2,000 records: an endless one must not fill the memory."""
_PIECE = 256 * 2**10


class CircleClient:
    """Reads pages; one client for a command, used by all of its threads."""

    def __init__(self, config: Config, limiter: RateLimiter, policy: RetryPolicy) -> None:
        self._config, self._limiter, self._policy = config, limiter, policy
        self._closed = threading.Event()
        self._session = requests.Session()
        requester = manifest.load()["definitions"]["requester"]
        self._session.headers.update(
            requester["request_headers"]
            | {"Accept-Encoding": "gzip", "Authorization": f"Bearer {config.api_token}"}
        )
        # Keeps our header: without this, requests would replace it by a password from a .netrc file.
        self._session.auth = lambda request: request
        # Plain http is for this machine only: a proxy would see the token.
        self._session.trust_env = config.base_url.startswith("https:")
        self._session.mount(config.base_url, requests.adapters.HTTPAdapter(pool_maxsize=64))

    def page(self, stream: str, url: str, parameters: Mapping[str, Any]) -> Page:
        """The page at `url`; waits until it is there.

        Raises AirbyteTracedException with a message for the user, or ClientClosedError.
        """
        if origin(url) != origin(self._config.base_url):
            raise system_error(
                'A request was not sent, because its address is not in "base_url". Please report this.'
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
        """Ends all waiting and sends no further request: threads in `page` get ClientClosedError. A
        request in flight ends by its deadline, or with the process."""
        self._closed.set()
        self._session.close()

    def _send(self, url: str, parameters: Mapping[str, Any]) -> tuple[requests.Response, bytes]:
        """The answer and its body; redirects are not followed."""
        self._limiter.begin(self._closed)
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
            self._limiter.end(counted=counted)
            seconds = time.monotonic() - started
            logger.debug(f"GET {urlsplit(url).path}: {outcome} in {seconds:.2f} s")
        return response, body

    def _body(self, response: requests.Response, deadline: float) -> bytes:
        """Reads the body in pieces and checks the deadline.

        The timeout of the library `requests` starts again with each packet.
        """
        pieces, size = [], 0
        while piece := response.raw.read1(_PIECE, decode_content=True):
            pieces.append(piece)
            size += len(piece)
            if size > _LARGEST:
                host = origin(response.url)
                raise RetryableError(f"{host} answered with more than {_LARGEST >> 20} MB.")
            if time.monotonic() > deadline:
                raise TimeoutError
        return b"".join(pieces)

    def _wait(self, error: RetryableError, tries: int, deadline: float) -> None:
        """Waits before the next attempt, or raises if there is none."""
        wait = max(self._policy.wait_after(tries), error.wait or 0.0)
        if tries >= self._policy.tries or time.monotonic() + wait > deadline:
            tried = f" Tried {tries} times." if tries > 1 else ""
            raise transient_error(f"{error}{tried}") from None
        logger.info(f"{error} Trying again in {wait:.0f} s ({tries} of {self._policy.tries - 1}).")
        if self._closed.wait(wait):
            raise ClientClosedError from None

    def _pause_all(self, error: RateLimitedError, deadline: float) -> None:
        """Pauses all workers after a 429; the next request begins after the pause."""
        wait, why = error.wait, "as Circle asks"
        if wait is None:  # an interactive command cannot wait for a minute to pass
            wait = min(self._limiter.rest_of_minute(), self._policy.total / 4)
            why = "the rest of the minute"
        if time.monotonic() + wait > deadline:
            raise transient_error(f"{error} The next request is allowed in {wait:.0f} s.") from None
        wait += random.uniform(0.1, 1.0)  # noqa: S311
        if self._limiter.pause_all(wait):
            logger.info(
                f"Circle limits the requests (429): all workers pause for {wait:.0f} s ({why}), then "
                f"continue with up to {self._limiter.per_minute} requests a minute."
            )
