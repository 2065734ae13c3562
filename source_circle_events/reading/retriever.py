"""Reads a slice of a stream as windows in parallel, and checkpoints each as it is complete.

The manifest's cursor gives one slice, from the state to now. How rows lie in it is unknown until a
page was seen: a young community has one page in sixteen years, a backfill millions in an hour. So the
first page is asked of the whole slice, and whenever workers are idle the stretch at hand is split
among them; nothing is planned ahead, and an empty part costs one request.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import InitVar, dataclass
from datetime import datetime
from functools import partial
from typing import Any

from airbyte_cdk.sources.declarative.interpolation.macros import duration
from airbyte_cdk.sources.declarative.requesters.http_requester import HttpRequester
from airbyte_cdk.sources.declarative.retrievers.retriever import Retriever
from airbyte_cdk.sources.streams.concurrent.cursor import ConcurrentCursor
from airbyte_cdk.sources.streams.core import StreamData
from airbyte_cdk.sources.types import Config, Record, StreamSlice

from source_circle_events.config import Settings
from source_circle_events.http.client import PageClient
from source_circle_events.http.page import Page
from source_circle_events.output.outgoing import Outgoing
from source_circle_events.output.progress import Progress
from source_circle_events.output.records import PageOfRecords
from source_circle_events.reading.checkpoint import save
from source_circle_events.reading.window import Window
from source_circle_events.reading.window_reader import Stretch
from source_circle_events.reading.workers import account
from source_circle_events.schemas.discovery import SAMPLE_SIZE

_PAGES_PER_CHECKPOINT = 10


logger = logging.getLogger("airbyte.circle")


@dataclass
class WindowRetriever(Retriever):
    requester: HttpRequester
    cursor: ConcurrentCursor
    name: str
    config: Config
    parameters: InitVar[Mapping[str, Any]]

    def __post_init__(self, parameters: Mapping[str, Any]) -> None:
        settings = Settings.of(self.config)
        self._settling = duration(settings.settling_period)
        self._mode = settings.mode
        names = self.config.get(parameters.get("names_key", "")) or ()
        self._outgoing = Outgoing(self.name, names, self.config)
        self._account = account(settings.base_url, settings.api_token, settings.num_workers)
        self._client = PageClient(
            self.requester,
            settings.api_token,
            self._account.pace,
            patient=settings.mode == "read",
        )

    def read_records(
        self,
        records_schema: Mapping[str, Any],  # noqa: ARG002
        stream_slice: StreamSlice | None = None,
    ) -> Iterable[StreamData]:
        assert stream_slice is not None  # noqa: S101  (the manifest's cursor always gives one)
        if self._mode != "read":
            yield from self._sample(Window.of_slice(stream_slice))
            return
        window = Window.of_slice(stream_slice)
        progress = Progress(self.name, window, self._account.pace, self._account.workers)
        under_way: dict[Future[PageOfRecords | None], Stretch] = {}
        try:
            self._submit(under_way, Stretch(window))
            while under_way:
                finished, _ = wait(under_way, return_when=FIRST_COMPLETED)
                for future in finished:
                    stretch = under_way.pop(future)
                    page = future.result()
                    progress.page(page, stretch)
                    if page:
                        self._account.make_room(page)
                        yield page.as_record(stream_slice)
                    self._checkpoint(stretch)
                    for part in self._share(stretch):
                        self._submit(under_way, part)
                yield from progress.say(under_way.values())
            progress.finish()
            if summary := self._outgoing.notices.summary():
                logger.info(summary)
        finally:
            if under_way:  # it failed
                self._client.stop()
            for future in under_way:
                future.cancel()

    def _sample(self, window: Window) -> Iterator[StreamData]:
        """For check and discover: one small page, in one request."""
        for row in self._client.newest(window, SAMPLE_SIZE if self._mode == "discover" else 1):
            yield Record(row, self.name, window.as_slice())

    def _submit(
        self, under_way: dict[Future[PageOfRecords | None], Stretch], stretch: Stretch
    ) -> None:
        under_way[self._account.submit(partial(self._read_page, stretch))] = stretch

    def _read_page(self, stretch: Stretch) -> PageOfRecords | None:
        def digest(page: Page, server_time: datetime | None) -> PageOfRecords | None:
            if stretch.pages == 0 and server_time:
                self._settle(stretch, server_time)
            return self._outgoing.pack(stretch.take(page))

        return self._client.fetch(stretch.window, stretch.next_query, digest)

    def _settle(self, stretch: Stretch, server_time: datetime) -> None:
        """Never read beyond the service's own now minus the settling period, however wrong the clock
        of this machine is."""
        settled = server_time - self._settling
        if settled < stretch.window.end:
            stretch.window = stretch.window.until(max(settled, stretch.window.start))

    def _checkpoint(self, stretch: Stretch) -> None:
        if stretch.done:
            save(self.cursor, self.name, stretch.window.after(stretch.saved), stretch.newest)
        elif stretch.pages % _PAGES_PER_CHECKPOINT == 0 and (complete := stretch.checkpoint()):
            newest = stretch.newest and min(stretch.newest, complete.end)
            save(self.cursor, self.name, complete, newest)
            stretch.saved = complete.end

    def _share(self, stretch: Stretch) -> list[Stretch]:
        """What is to be read next of `stretch`: split among idle workers if there is enough of it."""
        if stretch.done:
            return []
        parts = int(min(self._account.idle, stretch.pages_left()))
        return [stretch, *stretch.split(parts)] if parts > 1 else [stretch]
