"""Says what went wrong below HTTP (TLS, proxy, time-outs): what the user can mend ends at once, all else
is tried again."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from http.client import IncompleteRead

import requests
import urllib3.exceptions

from source_circle_events.errors import config_error
from source_circle_events.http.responses import origin
from source_circle_events.http.retry_policy import TryAgainError


def connection_error(error: Exception, url: str) -> Exception:  # noqa: C901, PLR0911  (a list of cases)
    """The error for what a library raised, in words: the library's own would carry the whole URL."""
    kinds, low, chain = requests.exceptions, urllib3.exceptions, tuple(_chain(error))

    def any_is(*types: type[BaseException]) -> bool:
        return any(isinstance(link, types) for link in chain)

    there = origin(url)
    if any_is(ssl.SSLCertVerificationError):
        return config_error(
            f"The certificate of {there} is not trusted, so the API token was not sent. "
            'Check "base_url", and the proxy or the certificates of this machine.'
        )
    if any_is(kinds.InvalidProxyURL, kinds.InvalidSchema, low.ProxySchemeUnknown):
        return config_error(
            "The proxy that this machine's environment names (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY) "
            "cannot be used: its address must be http://host:port or https://host:port. Correct or "
            "unset it; for a SOCKS proxy, PySocks must be installed."
        )
    if any_is(kinds.ProxyError, low.ProxyError):
        if any("Tunnel connection failed: 407" in str(link) for link in chain):
            return config_error(
                "The proxy that this machine's environment names wants a user and a password (407): "
                "put them into its address in HTTPS_PROXY."
            )
        return TryAgainError(f"The proxy on the way to {there} did not let the request through.")
    if any_is(low.NewConnectionError):
        return TryAgainError(
            f"{there} cannot be reached. Check the network, the proxy and the host name in "
            '"base_url".'
        )
    if any_is(TimeoutError, kinds.Timeout, low.TimeoutError):
        return TryAgainError(f"{there} did not answer in time.")
    if any_is(IncompleteRead, low.InvalidChunkLength, low.DecodeError):
        return TryAgainError(f"{there} broke off in the middle of an answer.")
    if any_is(ssl.SSLError, kinds.SSLError, low.SSLError):
        return TryAgainError(f"The encrypted connection to {there} broke off.")
    if any_is(kinds.ConnectionError, low.ProtocolError):
        return TryAgainError(f"{there} closed the connection before it answered.")
    return TryAgainError(f"The request to {there} failed ({type(error).__name__}).")


def _chain(error: BaseException) -> Iterator[BaseException]:
    """`error` and all that it wraps; requests and urllib3 wrap in four ways."""
    waiting, seen = [error], set()
    while waiting:
        link = waiting.pop()
        if id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        inner = (*link.args, link.__cause__, link.__context__, getattr(link, "reason", None))
        waiting += [each for each in inner if isinstance(each, BaseException)]
