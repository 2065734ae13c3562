"""Reads a stream for the CDK: asks what the scheduler wants, hands its pages on, saves its checkpoints.

The CDK gives one slice, from the state to now. Its own partitions cannot carry the windows: a partition
is closed, and its state saved, only when all of it is read, and its bounds are fixed when it is made
(`ConcurrentReadProcessor.on_partition_complete_sentinel`), while ours are split and checkpointed as
their pages come.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import InitVar, dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from airbyte_cdk.sources.declarative.requesters.http_requester import HttpRequester
from airbyte_cdk.sources.declarative.retrievers.retriever import Retriever
from airbyte_cdk.sources.streams.concurrent.cursor import ConcurrentCursor
from airbyte_cdk.sources.streams.core import StreamData
from airbyte_cdk.sources.types import Config, StreamSlice

from source_circle_events.http.page import Page
from source_circle_events.output.progress import Progress
from source_circle_events.output.records import Records
from source_circle_events.reading.checkpoint import as_record, save
from source_circle_events.reading.continuation import Request
from source_circle_events.reading.scheduler import Scheduler
from source_circle_events.reading.sync import current
from source_circle_events.reading.window import Window
from source_circle_events.reading.window_reader import WindowReader
from source_circle_events.reading.workers import Workers

KEY_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"


@dataclass
class WindowRetriever(Retriever):
    requester: HttpRequester
    cursor: ConcurrentCursor
    name: str
    config: Config
    parameters: InitVar[Mapping[str, Any]]

    def __post_init__(self, parameters: Mapping[str, Any]) -> None:
        self._sync = current(self.config)
        self._sync.newest[self.name] = self.newest
        self._names = getattr(self._sync.config, parameters.get("names_key") or "", ())

    def read_records(
        self,
        records_schema: Mapping[str, Any],  # noqa: ARG002
        stream_slice: StreamSlice | None = None,
    ) -> Iterable[StreamData]:
        assert stream_slice is not None  # noqa: S101  (the manifest's cursor always gives one)
        sync, permits = self._sync, self._sync.permits
        window = Window.of_slice(stream_slice)
        scheduler = Scheduler(self.name, window, permits, sync.config.settling_period)
        written = partial(permits.give_back, self.name)
        declared = sync.declared.get(self.name, ())
        records = Records(self.name, self._names, sync.personal_data, declared, written)
        progress = Progress(self.name, window.start, window.end, sync.limiter, permits.count)
        workers: Workers[WindowReader, Page] = Workers(self.name, permits)
        try:
            while scheduler.open:
                for reader in scheduler.start():
                    workers.start(reader, partial(self._ask, reader.request))
                if (came := workers.receive()) is None:
                    continue
                reader, page = came
                batch = records.pack(page, scheduler.page_came(reader, page))
                workers.handled(hand_on=batch is not None)
                if batch:
                    yield as_record(batch, stream_slice)
                if complete := scheduler.checkpoint(reader):
                    save(self.cursor, self.name, *complete)
                progress.page(page, batch, done=reader.done)
                yield from progress.say([reader.time_left for reader in scheduler.open])
        finally:
            workers.close()
        progress.finish()
        records.finish()

    def newest(self, count: int) -> Page:
        """The stream's newest records, up to `count`, in one request; for check and discover."""
        now = datetime.now(UTC)
        url, parameters = self._request(Request(Window(now, now)))
        no_bounds = {"created_at_gt": None, "base_timestamp": None}
        parameters |= no_bounds | {"per_page": count, "sort": "latest"}
        return self._sync.client.page(self.name, url, parameters)

    def _ask(self, request: Request) -> Page:
        return self._sync.client.page(self.name, *self._request(request))

    def _request(self, request: Request) -> tuple[str, dict[str, Any]]:
        """URL and parameters, as the manifest has them; only a key's lower bound is ours."""
        token = {"next_page_token": request.link} if request.link else None
        ask, part = self.requester, request.window.as_slice()
        parameters = dict(ask.get_request_params(stream_slice=part, next_page_token=token))
        if request.key and not request.link:
            parameters["created_at_gt"] = request.key.strftime(KEY_FORMAT)
        return ask.get_url(stream_slice=part, next_page_token=token), parameters
