"""Requests single pages with a `CircleClient`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_circle_events.config import Config
from source_circle_events.http.client import CircleClient
from source_circle_events.http.page import Page
from source_circle_events.http.retries_and_timeouts import SYNC
from unit_tests.conftest import EVENTS, page

QUICK = replace(SYNC, first_wait=0.0, connect=2, read=0.5, answer=1.0)
ONCE = replace(QUICK, tries=1)
PAGE = page({"id": "a"})


def new_client(policy: Any = QUICK, url: str = EVENTS) -> CircleClient:
    config = Config.of({"api_token": "secret-token", "base_url": url.rpartition("/")[0]})
    return CircleClient(config, policy)


def request_page(policy: Any = QUICK, url: str = EVENTS, **parameters: Any) -> Page:
    client = new_client(policy, url)
    try:
        return client.page("events", url, parameters)
    finally:
        client.close()


def failure(policy: Any = QUICK, url: str = EVENTS) -> tuple[str, str]:
    """Requests a page that cannot be read; returns the failure type and the message."""
    with pytest.raises(AirbyteTracedException) as caught:
        request_page(policy, url)
    assert "secret-token" not in str(caught.value.message)
    return caught.value.failure_type.value, str(caught.value.message)
