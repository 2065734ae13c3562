"""Explains connection errors to the user, without the whole URL that the libraries' messages contain.

All of them are retried, and end as a transient error: a later attempt or another machine may succeed.
"""

from __future__ import annotations

import ssl

import requests.exceptions as high
import urllib3.exceptions as low

from source_circle_events.http.responses import origin
from source_circle_events.http.retries_and_timeouts import RetryableError


def connection_error(error: BaseException, url: str) -> RetryableError:
    """Returns the error to raise for an exception of requests or urllib3."""

    def wraps(*types: type[BaseException]) -> bool:
        link: BaseException | None = error
        while link and not isinstance(link, types):
            link = link.__cause__ or link.__context__
        return link is not None

    host = origin(url)
    if wraps(ssl.SSLCertVerificationError):
        text = (
            f"The certificate of {host} is not trusted, so the API token was not sent. "
            'Check "base_url", the proxy, and the certificates and the clock of this machine.'
        )
    elif wraps(high.ProxyError, high.InvalidProxyURL, high.InvalidSchema, low.ProxySchemeUnknown):
        text = (
            "The proxy in this machine's environment (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY) cannot be "
            f"used, or did not let the request to {host} through. Its address must be "
            "http://host:port, with user:password@ before the host if the proxy asks for them; a "
            "SOCKS proxy needs PySocks."
        )
    elif wraps(low.NewConnectionError):
        text = f'{host} cannot be reached. Check the network, the proxy and the host name in "base_url".'
    elif wraps(TimeoutError, high.Timeout, low.TimeoutError):
        text = f"{host} did not answer in time. If this happens again, check the network and the proxy."
    else:
        kind = type(error).__name__
        text = (
            f"The connection to {host} was interrupted ({kind}). If this happens again, check the "
            "network and the proxy."
        )
    return RetryableError(text)
