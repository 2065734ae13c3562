"""Which answers are believed, which are asked for again, and what the others mean to a user."""

from __future__ import annotations

import time
from typing import NoReturn
from urllib.parse import urlsplit

import requests

from source_circle_events.errors import config_error, system_error
from source_circle_events.http.page import NotAPageError, Page, parse_page

_CHUNK = 1 << 16
_LONGEST_BODY = 240.0
"""Seconds a body may take to arrive. The read timeout counts between two packets only, so a service
that trickles would hold a sync for ever."""


class TryAgainError(Exception):
    """This answer is no page, another may be. The text goes into the log and the final message."""


def body_of(response: requests.Response) -> bytes:
    deadline = time.monotonic() + _LONGEST_BODY
    chunks = []
    for chunk in response.iter_content(_CHUNK):
        chunks.append(chunk)
        if time.monotonic() > deadline:
            raise requests.exceptions.ReadTimeout("the body took too long")
    return b"".join(chunks)


def page_of(response: requests.Response, body: bytes, url: str) -> Page:
    """The page in an answer, a TryAgainError, or an error that ends the sync."""
    status = response.status_code
    if status in (408, 425) or status >= 500:
        raise TryAgainError(f"{origin(url)} could not answer (status {status}).")
    if status != 200:
        _refuse(response, url)
    try:
        return parse_page(body)
    except NotAPageError as error:
        raise TryAgainError(
            f"{_address(url)} answered with {error}, which is no page of the Data API. "
            'If this stays so, check that "base_url" is the address of the API.'
        ) from None


def failure(error: requests.exceptions.RequestException, url: str) -> Exception:
    """What happened on the wire, in words: the library's own would carry the whole URL."""
    kinds = requests.exceptions
    if isinstance(error, kinds.SSLError):
        return config_error(
            f"The certificate of {origin(url)} is not trusted, so the API token was not sent. "
            'Check "base_url", and the proxy or the certificates of this machine.'
        )
    if isinstance(error, kinds.Timeout):
        return TryAgainError(f"{origin(url)} did not answer in time.")
    if isinstance(error, kinds.ChunkedEncodingError | kinds.ContentDecodingError):
        return TryAgainError(f"{origin(url)} broke off in the middle of an answer.")
    if isinstance(error, kinds.ConnectionError):
        return TryAgainError(
            f"{origin(url)} cannot be reached. Check the network, the proxy and "
            'the host name in "base_url".'
        )
    return TryAgainError(f"The request to {origin(url)} failed ({type(error).__name__}).")


def origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if parts.netloc else ""


def _address(url: str) -> str:
    return origin(url) + urlsplit(url).path


def _refuse(response: requests.Response, url: str) -> NoReturn:
    status = response.status_code
    if status == 401:
        raise config_error(
            "Circle refused the API token (401). It is wrong, or was revoked: create a new token "
            'for the Data API in your community\'s settings and put it into "api_token".'
        )
    if status == 403:
        raise config_error(
            "Circle knows the API token but does not let it read the Data API (403). The Data API "
            "is part of the Plus Platform plan: check the plan, and that the token is one for the "
            "Data API."
        )
    if status == 404:
        raise config_error(
            f"Nothing is served at {_address(url)} (404). The address of the Data API is not "
            'documented: ask Circle for it and put it into "base_url", without the endpoint\'s name.'
        )
    if status in (400, 422):
        raise system_error(
            f"Circle did not understand the request to {_address(url)} ({status}). If event types "
            "are selected, check that Circle still offers them; otherwise the API has changed and "
            "this connector needs an update."
        )
    if 300 <= status < 400:
        target = origin(response.headers.get("Location", "")) or "another address"
        raise config_error(
            f"{_address(url)} redirects to {target} ({status}). The API token is sent to the "
            'configured address only: if the new one is Circle\'s, put it into "base_url".'
        )
    raise system_error(
        f"{_address(url)} answered with status {status}, which the Data API does not document."
    )
