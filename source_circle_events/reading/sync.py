"""What the streams of one command share: config, client, permits; and how they find it.

The CDK builds each stream's components by itself, from the manifest and the config, and has no place
for what they share. So whoever has streams built says meanwhile which sync they belong to.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from source_circle_events.config import Config
from source_circle_events.http import retry
from source_circle_events.http.client import CircleClient
from source_circle_events.http.page import Page
from source_circle_events.http.rate_limit import limiter_of
from source_circle_events.output.personal_data import PersonalData
from source_circle_events.reading.permits import Permits

_current: ContextVar[Sync | None] = ContextVar("sync", default=None)


class Sync:
    """Of one read, check or discover; closed at its end, however that comes."""

    def __init__(self, config: Config, how_long: retry.RetryPolicy | None = None) -> None:
        self.config = config
        self.limiter = limiter_of(config.base_url, config.api_token)
        self.client = CircleClient(config, self.limiter, how_long or retry.SYNC)
        self.permits = Permits(config.num_workers)
        self.personal_data = PersonalData(config.personal_data, config.hash_key)
        self.declared: dict[str, Collection[str]] = {}
        """By stream, the top-level fields that the configured catalog declares."""
        self.newest: dict[str, Callable[[int], Page]] = {}
        """By stream, what asks for its newest rows; each retriever enters its own when it is built."""

    @contextmanager
    def building(self) -> Iterator[None]:
        """Streams that are built meanwhile belong to this sync."""
        token = _current.set(self)
        try:
            yield
        finally:
            _current.reset(token)

    def close(self) -> None:
        """Abort the requests under way; threads that wait are told."""
        self.permits.close()
        self.client.close()


def current(config: Mapping[str, Any]) -> Sync:
    """The sync that streams are being built for, or one of their own."""
    return _current.get() or Sync(Config.of(config))
