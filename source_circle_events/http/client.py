"""How one page is asked for: in its turn, again if need be, never for ever.

The manifest says what to ask. Own retries and not the CDK's, because a 429 must pause all workers and
not one, a page is good only once its body is parsed, a redirect must not be followed with the token, and
a user needs a sentence where the CDK says "Exhausted available request attempts".
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from airbyte_cdk.utils.traced_exception import AirbyteTracedException
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    sleep_using_event,
)

from source_circle_events.config import Config
from source_circle_events.errors import transient_error
from source_circle_events.http.connections import AbortableAdapter
from source_circle_events.http.page import Page
from source_circle_events.http.rate_limit import Closed, RateLimiter, requested_wait
from source_circle_events.http.responses import TryAgainError, failure, judged

__all__ = ["COMMAND", "SYNC", "CircleClient", "Closed", "Patience"]

logger = logging.getLogger("airbyte.circle")

_CHUNK = 1 << 16
_LONGEST_BODY = 240.0
"""Seconds a body may take to arrive. The read timeout counts between two packets only, so a service
that trickles would hold a sync for ever."""
_LONGEST_PAUSE = 300.0
"""Seconds. A service that wants a longer rest ends the sync instead of holding it."""


@dataclass(frozen=True)
class Patience:
    """How long a page is worth waiting for; all in seconds."""

    delays: tuple[float, ...]
    """Before each new try of a failed request, jittered."""
    retries: float
    """Tries in all; none begins later."""
    limited: float
    """How long 429s may put one page off, all pauses together."""
    connect: float
    read: float
    """Between two packets."""


SYNC = Patience((1, 2, 4, 8, 16, 30), retries=600, limited=540, connect=10, read=60)
"""A service that is away for more than a minute ends the sync, which the platform tries again."""
COMMAND = Patience((1, 2, 4), retries=20, limited=20, connect=5, read=10)
"""For check, discover and the probe: a person waits."""


class CircleClient:
    """Asks for pages, with the token, at the configured origin; used by all workers at once."""

    def __init__(self, config: Config, limiter: RateLimiter, patience: Patience = SYNC) -> None:
        self._config = asdict(config)
        self._limiter, self._patience = limiter, patience
        self._closed = threading.Event()
        self._end: Exception | None = None
        self._session = requests.Session()
        self._session.headers.update(
            {"Accept": "application/json", "Authorization": f"Bearer {config.api_token}"}
        )
        # Ours stays: without this, requests would put one from a .netrc file in its place.
        self._session.auth = lambda request: request
        self._adapter = AbortableAdapter(config.num_workers + 4)
        self._session.mount("https://", self._adapter)
        self._session.mount("http://", self._adapter)

    def page(self, stream: str, url: str, parameters: Mapping[str, Any]) -> Page:
        """The page at `url`, however often it takes; AirbyteTracedException if it cannot be had,
        Closed if the client was closed meanwhile."""
        retrying = Retrying(
            retry=retry_if_exception_type(TryAgainError),
            wait=self._delay,
            stop=self._is_enough,
            sleep=sleep_using_event(self._closed),
            before_sleep=self._log_retry,
            retry_error_callback=_give_up,
        )
        try:
            page: Page = retrying(self._once, stream, url, parameters)
        except AirbyteTracedException as error:
            if "(401)" in (error.message or ""):  # the token is every stream's
                self.close(error)
            raise
        return page

    def close(self, why: Exception | None = None) -> None:
        """End what is under way, at once; its threads get `why`, or Closed."""
        if not self._closed.is_set():
            self._end = why
            self._closed.set()
        self._adapter.abort()
        self._session.close()

    def _once(self, stream: str, url: str, parameters: Mapping[str, Any]) -> Page:
        """One try; a 429 only puts it off."""
        deadline = time.monotonic() + self._patience.limited
        try:
            while True:
                with self._limiter.slot(self._closed) as slot:
                    response, body = self._send(url, parameters)
                    slot.refused = response.status_code == 429
                if not slot.refused:
                    break
                self._rest(response, deadline)
            return judged(stream, response, body, self._config)
        except TryAgainError:
            if self._closed.is_set():
                raise self._end or Closed from None
            raise
        except Closed:
            raise self._end or Closed from None

    def _send(self, url: str, parameters: Mapping[str, Any]) -> tuple[requests.Response, bytes]:
        """The answer and its body; redirects are not followed."""
        deadline = time.monotonic() + _LONGEST_BODY
        timeout = (self._patience.connect, self._patience.read)
        chunks = []
        try:
            with self._session.get(
                url, params=parameters, timeout=timeout, allow_redirects=False, stream=True
            ) as response:
                for chunk in response.iter_content(_CHUNK):
                    chunks.append(chunk)
                    _check_time(deadline)
        except requests.exceptions.RequestException as error:
            raise failure(error, url) from None
        except Exception as error:
            if self._closed.is_set():  # a socket that was closed under a reader fails in any way
                raise Closed from error
            raise
        logger.debug(f"GET {urlsplit(url).path}: status {response.status_code}")
        return response, b"".join(chunks)

    def _rest(self, response: requests.Response, deadline: float) -> None:
        """Pause after a 429, all workers together."""
        asked = requested_wait(response.headers)
        wait = self._limiter.seconds_until_window_frees() if asked is None else asked
        if wait > _LONGEST_PAUSE or time.monotonic() + wait > deadline:
            raise transient_error(
                f"Circle limits the requests of this account (429) and wants {wait:.0f} s more of "
                "rest, which would be longer than a sync may wait. Sync less often, or stop "
                "other clients that use the same account."
            )
        if self._limiter.pause_all(wait + random.uniform(0.1, 1.0)):  # noqa: S311
            said = "as it asks" if asked is not None else "which is the rest of the minute"
            logger.info(
                f"Circle limits the requests (429): all workers pause for {wait:.0f} s, {said}, "
                f"then go on with {self._limiter.per_minute} requests a minute."
            )

    def _is_enough(self, state: RetryCallState) -> bool:
        wait = _error(state).wait or 0.0
        tried = state.seconds_since_start or 0.0
        return (
            state.attempt_number > len(self._patience.delays)
            or wait > _LONGEST_PAUSE
            or tried + wait > self._patience.retries
        )

    def _delay(self, state: RetryCallState) -> float:
        delay = self._patience.delays[state.attempt_number - 1] * random.uniform(0.8, 1.2)  # noqa: S311
        return max(delay, _error(state).wait or 0.0)

    def _log_retry(self, state: RetryCallState) -> None:
        logger.info(
            f"{_error(state)} Trying again in {state.upcoming_sleep:.0f} s "
            f"({state.attempt_number} of {len(self._patience.delays)})."
        )


def _check_time(deadline: float) -> None:
    if time.monotonic() > deadline:
        raise requests.exceptions.ReadTimeout


def _error(state: RetryCallState) -> TryAgainError:
    error = state.outcome.exception() if state.outcome else None
    assert isinstance(error, TryAgainError)  # noqa: S101  (nothing else is tried again)
    return error


def _give_up(state: RetryCallState) -> Page:
    tries = f" Tried {state.attempt_number} times." if state.attempt_number > 1 else ""
    raise transient_error(f"{_error(state)}{tries}") from None
