"""Which answers are believed, which are asked for again, and what the others mean to a user.

What a status means (kind of failure, sentence) stands in the manifest's response filters, for both
forms; here is only what the manifest cannot say.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import requests
from airbyte_cdk.models import FailureType
from airbyte_cdk.sources.declarative.interpolation.interpolated_string import InterpolatedString
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_circle_events import manifest
from source_circle_events.errors import RESUME, config_error, system_error
from source_circle_events.http.page import NotAPageError, Page, UnusableLinkError, page_of
from source_circle_events.http.rate_limit import requested_wait


class TryAgainError(Exception):
    """This answer is no page, another may be. The text goes into the log and the final message."""

    def __init__(self, message: str, wait: float | None = None) -> None:
        """`wait`: seconds that the service asks for."""
        super().__init__(message)
        self.wait = wait


def judged(
    stream: str, response: requests.Response, body: bytes, config: Mapping[str, Any]
) -> Page:
    """The page in an answer, a TryAgainError, or an error that ends the stream."""
    status = response.status_code
    if 300 <= status < 400:
        raise _redirected(response)
    if status != 200:
        raise _refused(stream, response, config)
    try:
        return page_of(body, response.headers)
    except NotAPageError as error:
        raise TryAgainError(
            f"{_address(response.url)} answered with {error}, which is no page of the Data API. "
            'If this stays so, check that "base_url" is the address of the API.'
        ) from None
    except UnusableLinkError:
        raise system_error(
            "Circle names a next page without a query, which this connector cannot follow. "
            "The API has changed: please report it."
        ) from None


def failure(error: requests.exceptions.RequestException, url: str) -> Exception:
    """What happened on the wire, in words: the library's own would carry the whole URL."""
    kinds = requests.exceptions
    causes = list(_causes(error))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return config_error(
            f"The certificate of {origin(url)} is not trusted, so the API token was not sent. "
            'Check "base_url", and the proxy or the certificates of this machine.'
        )
    if isinstance(error, kinds.InvalidProxyURL | kinds.InvalidSchema | kinds.InvalidURL):
        return config_error(
            f"The proxy that this machine's environment names for {origin(url)} cannot be used: its "
            "address is malformed, or of a kind that needs another library (SOCKS). Check the "
            "variables HTTPS_PROXY, HTTP_PROXY and ALL_PROXY, or name the host in NO_PROXY."
        )
    if isinstance(error, kinds.Timeout) or any(isinstance(c, TimeoutError) for c in causes):
        said = "{} did not answer in time."
    elif isinstance(error, kinds.ProxyError):
        said = (
            "The proxy on the way to {} refuses or cannot be reached. Check HTTPS_PROXY and the "
            "proxy's own rules."
        )
    elif isinstance(error, kinds.SSLError):
        said = "The encrypted connection to {} broke off."
    elif isinstance(error, kinds.ChunkedEncodingError | kinds.ContentDecodingError):
        said = "{} broke off in the middle of an answer."
    elif isinstance(error, kinds.ConnectionError):
        said = '{} cannot be reached. Check the network, the proxy and the host name in "base_url".'
    else:
        said = f"The request to {{}} failed ({type(error).__name__})."
    return TryAgainError(said.format(origin(url)))


def origin(url: str) -> str:
    """Scheme and host, without a user or a password."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if parts.netloc else ""


def _address(url: str) -> str:
    return origin(url) + urlsplit(url).path


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, and all that it was raised from or carries."""
    seen: set[int] = set()
    todo = [error]
    while todo:
        cause = todo.pop()
        if id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        inner = (cause.__cause__, cause.__context__, getattr(cause, "reason", None), *cause.args)
        todo += [item for item in inner if isinstance(item, BaseException)]


def _redirected(response: requests.Response) -> AirbyteTracedException:
    target = origin(response.headers.get("Location", "")) or "another address"
    return config_error(
        f"{_address(response.url)} redirects to {target} ({response.status_code}). The API token is "
        "sent to the configured address only: if the new one is Circle's, put it into "
        '"base_url".'
    )


def _refused(
    stream: str, response: requests.Response, config: Mapping[str, Any]
) -> TryAgainError | AirbyteTracedException:
    """What the manifest says of this status; one that it does not name is as 410 or 500."""
    status = response.status_code
    rule = _rules().get(status) or _rules()[500 if status >= 500 else 410]
    message = InterpolatedString.create(rule["error_message"], parameters=_parameters()[stream])
    text = f"{' '.join(str(message.eval(config)).split())} (Status {status}.)"
    if rule["action"] == "RETRY":
        return TryAgainError(text, requested_wait(response.headers))
    kind = FailureType(rule["failure_type"])
    shown = text if kind is FailureType.config_error else f"{text} {RESUME}"
    return AirbyteTracedException(shown, text, kind)


@cache
def _rules() -> Mapping[int, Mapping[str, Any]]:
    filters = manifest.load()["definitions"]["error_handler"]["response_filters"]
    return {status: rule for rule in filters for status in rule.get("http_codes", ())}


@cache
def _parameters() -> Mapping[str, Mapping[str, Any]]:
    return {stream["name"]: stream["$parameters"] for stream in manifest.load()["streams"]}
