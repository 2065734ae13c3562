"""Says what an answer, or none, means: ask again, or end with a sentence for the person who must act.

The sentences for statuses are the manifest's, so that Cloud and the package say the same; here stand
those it cannot say: redirects and bodies that are no page. The wire has a file of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import asdict
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
from airbyte_cdk.models import FailureType
from airbyte_cdk.sources.declarative.interpolation.interpolated_string import InterpolatedString
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_circle_events import manifest
from source_circle_events.errors import config_error, system_error
from source_circle_events.http.page import NotAPageError, Page, UnusableLinkError, page_of
from source_circle_events.http.retry_after import requested_wait

if TYPE_CHECKING:
    from source_circle_events.config import Config

_one_page_at_a_time = threading.Lock()
"""Taking a page apart needs three times its size, and the interpreter lets no two at once anyway."""
_SECRETS = ("api_token", "hash_key")
_LIKE_THE_OTHERS = 405
"""A status below 500 that the manifest does not name is told like this one, others like 500."""


class TryAgainError(Exception):
    """This answer is no page, another may be. The text goes into the log."""

    def __init__(self, text: str, sentence: str = "", wait: float | None = None) -> None:
        super().__init__(text)
        self.sentence = sentence or text
        """For the user, if it stays so."""
        self.wait = wait
        """Seconds the service asks to wait; None if it does not say."""


class RefusedTokenError(AirbyteTracedException):
    """401: no request with this token will be answered."""


class Judge:
    """Judges the answers of one stream."""

    def __init__(self, config: Config, stream: str) -> None:
        entries, self._filters = _of_manifest()
        self._parameters = entries.get(stream, {})
        # The hidden ones stay out of reach of the templates.
        self._config = {k: v for k, v in asdict(config).items() if k not in _SECRETS}

    def page(self, response: requests.Response, body: bytes) -> Page:
        """The page, a TryAgainError, or an error that ends the sync. Not for 429."""
        status, url = response.status_code, response.url
        if 300 <= status < 400:
            raise _redirect(response)
        if status != 200:
            sentence = self._sentence(status)
            if sentence.retried:
                text = f"{origin(url)} could not answer (status {status})."
                told = f"{sentence.text} (Status {status}, from {origin(url)}.)"
                raise TryAgainError(text, told, requested_wait(response.headers))
            raise sentence.error(address(url))
        try:
            with _one_page_at_a_time:
                return page_of(body, response.headers)
        except NotAPageError as error:
            text = (
                f"{address(url)} answered with {error}, which is no page of the Data API. "
                'If this stays so, check that "base_url" is the address of the API.'
            )
            raise TryAgainError(text) from None
        except UnusableLinkError:
            raise system_error(
                f"{address(url)} names a next page without a query, which this connector cannot follow. "
                "The API has changed: please report it."
            ) from None

    def limited(self, wait: float) -> AirbyteTracedException:
        """429s put the page off for longer than this command waits."""
        sentence = self._sentence(429)
        text = f"{sentence.text} It wants {wait:.0f} s more of rest."
        return AirbyteTracedException(text, text, FailureType.transient_error)

    def _sentence(self, key: int | str) -> _Sentence:
        if isinstance(key, int) and key not in self._filters:
            key = 500 if key >= 500 else _LIKE_THE_OTHERS
        found = self._filters[key]
        template = InterpolatedString(found["error_message"], parameters=self._parameters)
        return _Sentence(
            key,
            str(template.eval(self._config, response={})),
            FailureType(found.get("failure_type", "system_error")),
            found["action"] == "RETRY",
        )


class _Sentence:
    """What the manifest says of an answer."""

    def __init__(self, key: int | str, text: str, failure_type: FailureType, retried: bool) -> None:
        self._kind = RefusedTokenError if key == 401 else AirbyteTracedException
        self.text = text
        self.failure_type = failure_type
        self.retried = retried

    def error(self, asked: str) -> AirbyteTracedException:
        """`asked`: the address, which not every CDK can put into the manifest's sentence."""
        text = self.text
        if self._kind is not RefusedTokenError:  # which is one failure, whatever stream was asked
            text += f" Asked was {asked}."
        return self._kind(text, text, self.failure_type)


@lru_cache(maxsize=1)
def _of_manifest() -> tuple[Mapping[str, Any], Mapping[int | str, Any]]:
    """The streams' $parameters by name; the response filters by status, and those of a 200 by action."""
    loaded = manifest.load()
    entries = {entry["name"]: entry.get("$parameters", {}) for entry in loaded["streams"]}
    filters: dict[int | str, Any] = {}
    for each in loaded["definitions"]["error_handler"]["response_filters"]:
        for key in each.get("http_codes") or [each["action"]]:
            filters.setdefault(key, each)
    return entries, filters


def _redirect(response: requests.Response) -> AirbyteTracedException:
    target = origin(response.headers.get("Location", "")) or "another address"
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
