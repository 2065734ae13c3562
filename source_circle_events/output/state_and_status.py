"""Turns the steps of the read loop (`reading/read_loop.py`) into messages of the Airbyte protocol."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from airbyte_cdk.models import (
    AirbyteMessage,
    AirbyteStateBlob,
    AirbyteStateMessage,
    AirbyteStateStats,
    AirbyteStateType,
    AirbyteStreamState,
    AirbyteStreamStatus,
    ConfiguredAirbyteCatalog,
    StreamDescriptor,
    Type,
)
from airbyte_cdk.utils.stream_status_utils import as_airbyte_message
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_circle_events.config import Config
from source_circle_events.failure_types import combined_failure
from source_circle_events.http.page import Page
from source_circle_events.http.rate_limit import RateLimiter
from source_circle_events.manifest import streams
from source_circle_events.output.personal_data import PersonalData
from source_circle_events.output.progress_log import Progress
from source_circle_events.output.record_messages import PageOfRecords, Records
from source_circle_events.reading.read_loop import Step
from source_circle_events.reading.stream_reader import StreamReader
from source_circle_events.reading.window import FORMAT

Messages = Iterator[AirbyteMessage | PageOfRecords]


class SyncOutput:
    """Creates the messages of one sync: RECORD, STATE, stream statuses, errors, estimates."""

    def __init__(
        self,
        readers: Sequence[StreamReader],
        config: Config,
        catalog: ConfiguredAirbyteCatalog,
        limiter: RateLimiter,
    ) -> None:
        personal = PersonalData(config.personal_data, config.hash_key)
        configured = (stream.stream for stream in catalog.streams)
        declared = {stream.name: stream.json_schema.get("properties", {}) for stream in configured}
        self._streams = {}
        for reader in readers:
            names = getattr(config, streams()[reader.name].get("names_key", ""), ())
            records = Records(reader.name, names, personal, declared[reader.name])
            progress = Progress(reader, limiter, config.num_workers)
            self._streams[reader.name] = _StreamOutput(reader, records, progress)

    def messages(self, steps: Iterable[Step]) -> Messages:
        """Yields the messages of `steps`; raises at the end if a stream failed."""
        failures = []
        for stream in self._streams.values():
            yield stream.status(AirbyteStreamStatus.STARTED)
        for step in steps:
            stream = self._streams[step.stream.name]
            if step.page:
                yield from stream.page(step, step.page)
            if step.state_moved:
                yield stream.state()
            if step.error:
                failures.append(stream.failure(step.error))
                yield failures[-1].as_sanitized_airbyte_message(StreamDescriptor(step.stream.name))
            if step.ended:
                yield from stream.end(failed=bool(step.error))
        if failures:
            raise combined_failure(failures)


class _StreamOutput:
    def __init__(self, reader: StreamReader, records: Records, progress: Progress) -> None:
        self._reader, self._records, self._progress = reader, records, progress
        self._descriptor = StreamDescriptor(reader.name)
        self._running = False
        self._since_state = 0

    def page(self, step: Step, page: Page) -> Messages:
        out = self._records.pack(page, step.wanted)
        if out and not self._running:
            self._running = True
            yield self.status(AirbyteStreamStatus.RUNNING)
        if out:
            self._since_state += out.count
            yield out
        self._progress.page(step, page, out)
        yield from self._progress.say()

    def state(self) -> AirbyteMessage:
        values = {"created_at": self._reader.newest.strftime(FORMAT)}
        state = AirbyteStateMessage(
            AirbyteStateType.STREAM,
            stream=AirbyteStreamState(self._descriptor, AirbyteStateBlob(values)),  # type: ignore[call-arg]
            sourceStats=AirbyteStateStats(recordCount=float(self._since_state)),
        )
        self._since_state = 0
        return AirbyteMessage(Type.STATE, state=state)

    def failure(self, error: Exception) -> AirbyteTracedException:
        if isinstance(error, AirbyteTracedException):
            return error
        words = f"An unexpected error in {self._reader.name}: {type(error).__name__}."
        return AirbyteTracedException.from_exception(error, message=words)

    def end(self, *, failed: bool) -> Messages:
        """Yields the final STATE, even for a stream without records, and the stream's final status."""
        yield self.state()
        if not failed:
            self._progress.finish()
            self._records.finish()
        ended = AirbyteStreamStatus.INCOMPLETE if failed else AirbyteStreamStatus.COMPLETE
        yield self.status(ended)

    def status(self, status: AirbyteStreamStatus) -> AirbyteMessage:
        return as_airbyte_message(self._descriptor, status)
