"""How one page is asked for, and which answers are believed.

The manifest says what to ask (URL, parameters); this says what to make of the answer. Own retries and
not the CDK's, because a 429 must pause all workers and not one, a page is good only once its body is
parsed, a redirect must not be followed with the token, and a user needs a sentence where the CDK says
"Exhausted available request attempts".
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NoReturn, TypeVar
from urllib.parse import urlsplit

import requests
from airbyte_cdk.sources.declarative.requesters.http_requester import HttpRequester

from source_circle_events import errors
from source_circle_events.pace import Pace
from source_circle_events.page import NotAPageError, Page, parse_page
from source_circle_events.rest import LONGEST, requested_wait, server_time
from source_circle_events.window import Window

logger = logging.getLogger("airbyte.circle")

RETRY_DELAYS = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
"""Seconds before each new try of a failed request, jittered; a minute in all. A service that is away
for longer ends the sync, which the platform then tries again by itself."""

PATIENCE = 540.0
"""Seconds one page may be put off by 429s, all pauses together: below the platform's ten minutes."""

_CHUNK = 1 << 16
_LONGEST_BODY = 240.0
"""Seconds a body may take to arrive. The read timeout counts between two packets only, so a service
that trickles would hold a sync for ever."""


class _TryAgainError(Exception):
    """This answer is no page, another may be. The text goes into the log and the final message."""


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
        self,
        requester: HttpRequester,
        authorization: Callable[[], str],
        pace: Pace,
        *,
        patient: bool = True,
        stopped: threading.Event | None = None,
    ) -> None:
        """`patient` False: one try, no retries, for a check that must answer at once."""
        self._requester = requester
        self._authorization = authorization
        self._pace = pace
        self._delays = RETRY_DELAYS if patient else ()
        self._patience = PATIENCE if patient else 0.0
        self._stopped = stopped or threading.Event()
        self._session = requests.Session()
        self._session.trust_env = True
        adapter = requests.adapters.HTTPAdapter(pool_connections=1, pool_maxsize=64)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def fetch(self, window: Window, next_query: str | None, digest: Digest[Result]) -> Result:
        """What `digest` makes of the first page of `window`, or of the one `next_query` names."""
        token = {"next_page_token": next_query} if next_query else None
        asked = {"stream_slice": window.as_slice(), "next_page_token": token}
        url = self._requester.get_url(**asked)  # type: ignore[arg-type]
        parameters = self._requester.get_request_params(**asked)  # type: ignore[arg-type]
        return self._try(url, parameters, digest)

    def _try(self, url: str, parameters: Parameters, digest: Digest[Result]) -> Result:
        failures = 0
        deadline = time.monotonic() + self._patience
        while True:
            self._pace.acquire()
            counted = True
            try:
                response = self._send(url, parameters)
                counted = response.status_code != 429
                if counted:
                    return self._judge(response, url, digest)
            except _TryAgainError as error:
                reason = str(error)
            finally:
                self._pace.release(counted=counted)
            if not counted:
                self._rest(response, deadline)
                continue
            if failures >= len(self._delays):
                raise errors.transient_error(f"{reason} Tried {failures + 1} times.")
            delay = self._delays[failures] * random.uniform(0.8, 1.2)  # noqa: S311
            failures += 1
            logger.info(f"{reason} Trying again in {delay:.0f} s ({failures} of {len(self._delays)}).")
            self._wait(delay)

    def _send(self, url: str, parameters: Parameters) -> requests.Response:
        """The answer with its body read, redirects not followed."""
        timeout = (
            self._requester.connect_timeout_in_seconds or 10,
            self._requester.read_timeout_in_seconds or 60,
        )
        headers = {"Accept": "application/json", "Authorization": self._authorization()}
        try:
            with self._session.get(
                url,
                params=parameters,
                headers=headers,
                timeout=timeout,
                allow_redirects=False,
                stream=True,
                auth=_keep_header,
            ) as response:
                response._content = _read_body(response)
                return response
        except requests.exceptions.SSLError as error:
            raise errors.config_error(
                f"The certificate of {_origin(url)} is not trusted, so the API token was not sent. "
                'Check "base_url", and the proxy or the certificates of this machine.'
            ) from error
        except requests.exceptions.Timeout:
            raise _TryAgainError(f"{_origin(url)} did not answer in time.") from None
        except requests.exceptions.RequestException as error:
            raise _TryAgainError(_unreachable(url, error)) from None

    def _judge(self, response: requests.Response, url: str, digest: Digest[Result]) -> Result:
        status = response.status_code
        if status == 200:
            try:
                with _decoding:
                    return digest(parse_page(response.content), server_time(response.headers))
            except NotAPageError as error:
                raise _TryAgainError(
                    f"{_address(url)} answered with {error}, which is no page of the Data API. "
                    'If this stays so, check that "base_url" is the address of the API.'
                ) from None
        if status in (408, 500, 502, 503, 504) or status > 504:
            raise _TryAgainError(f"{_origin(url)} could not answer (status {status}).")
        _refuse(response, url)

    def _rest(self, response: requests.Response, deadline: float) -> None:
        """Wait out a 429, all workers together."""
        asked = requested_wait(response.headers)
        wait = self._pace.rest_of_the_minute() if asked is None else asked
        if wait > LONGEST or time.monotonic() + wait > deadline:
            raise errors.transient_error(
                f"Circle limits the requests of this account (429) and asks to wait {wait:.0f} s, "
                "longer than a sync may be silent. Sync less often, or stop other clients that use "
                "the same account."
            )
        wait += random.uniform(0.1, 1.0)  # noqa: S311
        if self._pace.too_fast(wait):
            said = "as it asks" if asked is not None else "which is the rest of the minute"
            logger.info(
                f"Circle limits the requests (429): all workers pause for {wait:.0f} s, {said}, "
                f"then go on with {self._pace.per_minute} requests a minute."
            )

    def _wait(self, seconds: float) -> None:
        self._stopped.wait(seconds)


def _keep_header(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Given as `auth` so that requests does not replace our header by one from a .netrc file."""
    return request


def _read_body(response: requests.Response) -> bytes:
    deadline = time.monotonic() + _LONGEST_BODY
    chunks = []
    for chunk in response.iter_content(_CHUNK):
        chunks.append(chunk)
        if time.monotonic() > deadline:
            raise requests.exceptions.ReadTimeout("the body took too long")
    return b"".join(chunks)


def _refuse(response: requests.Response, url: str) -> NoReturn:
    status = response.status_code
    if status == 401:
        raise errors.config_error(
            "Circle refused the API token (401). It is wrong, or was revoked: create a new token for "
            'the Data API in your community\'s settings and put it into "api_token".'
        )
    if status == 403:
        raise errors.config_error(
            "Circle knows the API token but does not let it read the Data API (403). The Data API is "
            "part of the Plus Platform plan: check the plan, and that the token is one for the Data API."
        )
    if status == 404:
        raise errors.config_error(
            f"Nothing is served at {_address(url)} (404). The address of the Data API is not "
            'documented: ask Circle for it and put it into "base_url", without the endpoint\'s name.'
        )
    if status in (400, 422):
        raise errors.system_error(
            f"Circle did not understand the request to {_address(url)} ({status}). If event types are "
            "selected, check that Circle still offers them; otherwise the API has changed and this "
            "connector needs an update."
        )
    if 300 <= status < 400:
        target = _origin(response.headers.get("Location", ""))
        raise errors.config_error(
            f"{_address(url)} redirects to {target or 'another address'} ({status}). The API token is "
            'sent to the configured address only: if the new one is Circle\'s, put it into "base_url".'
        )
    raise errors.system_error(
        f"{_address(url)} answered with status {status}, which the Data API does not document."
    )


def _unreachable(url: str, error: requests.exceptions.RequestException) -> str:
    """What happened on the wire, in words; the library's own text would carry the whole URL."""
    if isinstance(error, requests.exceptions.ChunkedEncodingError | requests.exceptions.ContentDecodingError):
        return f"{_origin(url)} broke off in the middle of an answer."
    if isinstance(error, requests.exceptions.ConnectionError):
        return (
            f"{_origin(url)} cannot be reached. Check the network, the proxy and "
            'the host name in "base_url".'
        )
    return f"The request to {_origin(url)} failed ({type(error).__name__})."


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if parts.netloc else ""


def _address(url: str) -> str:
    return _origin(url) + urlsplit(url).path
