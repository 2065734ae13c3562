"""Decides what a response is: a page, a failure to retry, or an error that ends the stream.

The messages for HTTP statuses come from the manifest, so they are the same with and without the package.
This module adds what a manifest cannot express: where a redirect leads, and what an invalid body is.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import requests
from airbyte_cdk.models import FailureType
from airbyte_cdk.sources.declarative.interpolation.interpolated_string import InterpolatedString
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_circle_events import manifest
from source_circle_events.failure_types import config_error, system_error
from source_circle_events.http import page
from source_circle_events.http.response_headers import retry_after
from source_circle_events.http.retries_and_timeouts import RateLimitedError, RetryableError

_FIREWALL_HEADER = "cf-mitigated"
"""Only Cloudflare's own responses have it; `Server: cloudflare` is on Circle's responses too."""
_OTHER_REFUSAL = 405
"""Statuses that the manifest does not list are treated like this one, or like 500 if they are higher."""


class RefusedTokenError(AirbyteTracedException):
    """Circle rejects the token (401): no stream can be read."""


def page_from(response: requests.Response, body: bytes, stream: str) -> page.Page:
    """Returns the page in a response; raises RetryableError, or an error that ends the stream."""
    status, asked = response.status_code, address(response.url)
    if (status == 403 and page.is_web_page(body)) or _FIREWALL_HEADER in response.headers:
        raise _refusal(response, _filter(_FIREWALL_HEADER), stream)
    if 300 <= status < 400 and "Location" in response.headers:
        raise _redirect(response)
    if status != 200:
        other = 500 if status >= 500 else _OTHER_REFUSAL
        raise _refusal(response, _filter(status) or _filter(other), stream)
    try:
        return page.page_of(body, response.headers, response.elapsed)
    except page.NotAPageError as error:
        raise RetryableError(
            f"{asked} answered with {error}, which is not a page of the Data API. "
            'If this happens again, check that "base_url" is the address of the Data API.'
        ) from None
    except page.UnusableLinkError:
        raise system_error(
            f'{asked} sent a link to the next page that cannot be used (no query after "?"), so later '
            "pages cannot be read. The API has probably changed: update the connector, or report it to "
            "the connector's authors if you have the newest version."
        ) from None


def _refusal(response: requests.Response, found: dict[str, Any], stream: str) -> Exception:
    """Returns the error for `response`. `found`: the manifest's response filter that applies to it."""
    parameters = manifest.streams()[stream]
    template = InterpolatedString(found["error_message"], parameters=parameters)
    text, wait = str(template.eval(config={})), retry_after(response.headers)
    if found["action"] == "RATE_LIMITED":
        return RateLimitedError(text, wait)
    # Not in the manifest's message, since templates of older CDKs cannot access the URL.
    text += f" The status was {response.status_code}, from {address(response.url)}."
    if found["action"] == "RETRY":
        return RetryableError(text, wait)
    error = RefusedTokenError if response.status_code == 401 else AirbyteTracedException
    return error(text, text, FailureType(found["failure_type"]))


def _filter(mark: int | str) -> dict[str, Any]:
    """Returns the manifest's response filter for a status, or for a header name; {} if none."""
    _, handler = manifest.load()["definitions"]["error_handler"]["error_handlers"]
    for each in handler["response_filters"]:
        if mark in each.get("http_codes", ()) or str(mark) in each.get("predicate", ""):
            found: dict[str, Any] = each
            return found
    return {}


def _redirect(response: requests.Response) -> Exception:
    """Returns a config_error for a permanent redirect, otherwise an error to retry."""
    status, target = response.status_code, origin(response.headers["Location"])
    text = (
        f"{address(response.url)} redirects to {target or 'another address'} ({status}). The API token "
        'is sent to the configured address only: if the new one is Circle\'s, put it into "base_url".'
    )
    return config_error(text) if status in (301, 308) else RetryableError(text)


def origin(url: str) -> str:
    """Returns scheme, host and port without user and password; "" for a relative URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if parts.netloc else ""


def address(url: str) -> str:
    """Returns the URL without its query, user and password."""
    return origin(url) + urlsplit(url).path
