"""The source: the manifest, run with the package's components."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any

from airbyte_cdk.models import (
    AirbyteCatalog,
    AirbyteConnectionStatus,
    AirbyteErrorTraceMessage,
    AirbyteMessage,
    AirbyteStateMessage,
    ConfiguredAirbyteCatalog,
    Status,
)
from airbyte_cdk.sources.declarative.concurrent_declarative_source import (
    ConcurrentDeclarativeSource,
)
from airbyte_cdk.sources.streams.concurrent.abstract_stream import AbstractStream
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_circle_events import manifest
from source_circle_events.config import Config, cleaned_config
from source_circle_events.errors import combined_failure
from source_circle_events.http.retry import COMMAND
from source_circle_events.inputs import check_selected, checked_states
from source_circle_events.output.progress import worth_reading
from source_circle_events.output.records import PageOfRecords
from source_circle_events.reading.checkpoint import page_in
from source_circle_events.reading.sync import Sync
from source_circle_events.schemas.discovery import SAMPLE_SIZE, learned_catalog


class SourceCircleEvents(ConcurrentDeclarativeSource):
    """Clients construct it without arguments; the CDK takes config, catalog and state here, since it
    ignores the state that is given to `read`."""

    def __init__(
        self,
        catalog: ConfiguredAirbyteCatalog | None = None,
        config: Mapping[str, Any] | None = None,
        state: list[AirbyteStateMessage] | None = None,
        **options: Any,
    ) -> None:
        configured = [stream.stream.name for stream in catalog.streams] if catalog else None
        self._was_given_config = bool(config)  # also one that is empty once it is cleaned
        self._given_state = [*(state or [])]  # also one that concerns other streams only
        self._was_read = False
        self._sync: Sync | None = None
        super().__init__(
            catalog=catalog,
            config=config and cleaned_config(config),
            state=checked_states(state or [], configured),
            source_config=manifest.loaded_with_components(),
            **options,
        )
        for told_by in (self.logger, logging.getLogger("airbyte")):
            told_by.addFilter(worth_reading)

    def configure(self, config: Mapping[str, Any], temp_dir: str) -> Mapping[str, Any]:  # noqa: ARG002
        """Without the CDK's copy of the config on disk: it holds the token, and outlives a kill."""
        return cleaned_config(config)

    def streams(self, config: Mapping[str, Any]) -> list[AbstractStream]:
        """The CDK's, built for the sync that is under way."""
        with self._sync.building() if self._sync else nullcontext():
            return super().streams(config)

    def check(self, logger: logging.Logger, config: Mapping[str, Any]) -> AirbyteConnectionStatus:
        """One small request a stream. Fails if `events` cannot be read; what else cannot is told."""
        try:
            with self._asking(config) as sync:
                for stream, newest in sync.newest.items():
                    try:
                        newest(1)
                    except AirbyteTracedException as error:
                        if stream == "events":
                            raise
                        logger.warning(
                            f'The stream "{stream}" cannot be read: {error.message} If you do not '
                            "need it, deselect it; the other streams work."
                        )
        except AirbyteTracedException as error:
            return AirbyteConnectionStatus(Status.FAILED, message=error.message or str(error))
        return AirbyteConnectionStatus(Status.SUCCEEDED)

    def discover(self, logger: logging.Logger, config: Mapping[str, Any]) -> AirbyteCatalog:
        with self._asking(config) as sync:
            catalog, personal = super().discover(logger, config), sync.personal_data
            for stream in catalog.streams:
                stream.json_schema = personal.schema(stream.json_schema)
            return learned_catalog(
                catalog, lambda name: personal.apply(sync.newest[name](SAMPLE_SIZE).rows)
            )

    def read(self, *given: Any, **named: Any) -> Iterator[AirbyteMessage]:
        for message in self.read_pages(*given, **named):
            yield from message.messages() if isinstance(message, PageOfRecords) else [message]

    def read_pages(
        self,
        logger: logging.Logger,
        config: Mapping[str, Any],
        catalog: ConfiguredAirbyteCatalog,
        state: list[AirbyteStateMessage] | None = None,
    ) -> Iterator[AirbyteMessage | PageOfRecords]:
        """Like `read`, with the records of a page in one piece.

        Who takes the next message has written the one before: its page's room is free again.
        """
        state = [*(state or self._given_state)]
        late = config and not self._was_given_config
        if self._was_read or late or state != self._given_state:
            # constructed by a client that gives everything, or another state, here; or read before:
            # the CDK's queue and threads are good for one read, and two at once would share them
            another = SourceCircleEvents(catalog, config, state)
            yield from another.read_pages(logger, config, catalog, state)
            return
        self._was_read = True
        selected = [stream.stream.name for stream in catalog.streams]
        parsed = Config.of(config, selected)
        check_selected(selected)
        failures: list[AirbyteErrorTraceMessage] = []
        self._sync = sync = Sync(parsed)
        sync.declared = {
            stream.stream.name: stream.stream.json_schema.get("properties", {})
            for stream in catalog.streams
        }
        try:
            for message in super().read(logger, config, catalog, state):
                if page := page_in(message):
                    yield page
                    page.written()
                    continue
                if message.trace and message.trace.error:
                    failures.append(message.trace.error)
                yield message
        except AirbyteTracedException as error:
            raise combined_failure(failures) or error from None
        finally:
            sync.close()
            self._sync = None

    @contextmanager
    def _asking(self, config: Mapping[str, Any]) -> Iterator[Sync]:
        """A sync for a few requests, with all streams, that ends soon."""
        parsed = Config.of(config)
        self._sync = sync = Sync(parsed, COMMAND)
        before, self._config = self._config, self._config or cleaned_config(config)
        try:
            self.streams(self._config)
            yield sync
        finally:
            sync.close()
            self._sync, self._config = None, before
