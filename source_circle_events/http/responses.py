"""Says what an answer, or none, means: ask again, or end with a sentence for the person who must act.

The sentences for statuses are the manifest's, so that Cloud and the package say the same; here stand
those it cannot say: redirects and bodies that are no page. What goes wrong below HTTP is told in
`connection_errors`.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from airbyte_cdk.models import FailureType
from airbyte_cdk.sources.declarative.interpolation.interpolated_string import InterpolatedString
from airbyte_cdk.utils.airbyte_secrets_utils import filter_secrets
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_circle_events import manifest
from source_circle_events.errors import config_error, system_error
from source_circle_events.http.page import NotAPageError, Page, UnusableLinkError, page_of
from source_circle_events.http.retry_after import requested_wait
from source_circle_events.http.retry_policy import TryAgainError

_one_page_at_a_time = threading.Lock()
"""Taking a page apart needs three times its size, and the interpreter lets no two at once anyway."""
_LIKE_THE_OTHERS = 405
"""A status below 500 that the manifest does not name is told like this one, others like 500."""


class RefusedTokenError(AirbyteTracedException):
    """401: no request with this token will be answered, whatever stream is asked for."""


def page_from(response: requests.Response, body: bytes, stream: str) -> Page:
    """The page, a TryAgainError, or an error that ends the sync. Not for 429."""
    if 300 <= response.status_code < 400 and "Location" in response.headers:
        raise _redirect(response)
    if response.status_code != 200:
        raise _refusal(response, stream)
    asked = address(response.url)
    try:
        with _one_page_at_a_time:
            return page_of(body, response.headers)
    except NotAPageError as error:
        raise TryAgainError(
            f"{asked} answered with {error}, which is no page of the Data API. "
            'If this stays so, check that "base_url" is the address of the API.'
        ) from None
    except UnusableLinkError:
        raise system_error(
            f"{asked} names a next page without a query, which this connector cannot follow. "
            "The API has changed: please report it."
        ) from None


def still_limited(wait: float) -> AirbyteTracedException:
    """429s put the page off for longer than this command waits."""
    _, sentence = _told(429)
    text = f"{sentence} It wants {wait:.0f} s more of rest."
    return AirbyteTracedException(text, text, FailureType.transient_error)


def _refusal(response: requests.Response, stream: str) -> Exception:
    status, url = response.status_code, response.url
    found, text = _told(status, stream)
    if found["action"] == "RETRY":
        text += f" (Status {status}, from {origin(url)}.)"
        return TryAgainError(text, requested_wait(response.headers) or 0.0)
    failure_type = FailureType(found.get("failure_type", "system_error"))
    if status == 401:
        return RefusedTokenError(text, text, failure_type)
    text += f" Asked was {address(url)}."  # not every CDK can put it into the manifest's sentence
    return AirbyteTracedException(text, text, failure_type)


def _told(status: int, stream: str = "") -> tuple[Mapping[str, Any], str]:
    """The manifest's filter for `status`, and what it says of `stream`."""
    filters: Mapping[int, Any] = {
        code: each
        for each in manifest.load()["definitions"]["error_handler"]["response_filters"]
        for code in each.get("http_codes", ())
    }
    found = filters.get(status) or filters[500 if status >= 500 else _LIKE_THE_OTHERS]
    parameters = manifest.streams().get(stream, {})
    template = InterpolatedString(found["error_message"], parameters=parameters)
    return found, str(template.eval(config={}))


def _redirect(response: requests.Response) -> AirbyteTracedException:
    target = filter_secrets(origin(response.headers["Location"]))[:100] or "another address"
    return config_error(
        f"{address(response.url)} redirects to {target} ({response.status_code}). The API token is "
        'sent to the configured address only: if the new one is Circle\'s, put it into "base_url".'
    )


def origin(url: str) -> str:
    """Scheme, host and port, without a user and a password; "" if there are none."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if parts.netloc else ""


def address(url: str) -> str:
    """The URL without its query."""
    return origin(url) + urlsplit(url).path
