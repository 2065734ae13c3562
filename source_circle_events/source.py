"""The source: the manifest, run with the package's components."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from airbyte_cdk.models import (
    AirbyteCatalog,
    AirbyteConnectionStatus,
    AirbyteErrorTraceMessage,
    AirbyteMessage,
    AirbyteStateMessage,
    ConfiguredAirbyteCatalog,
    FailureType,
    Status,
)
from airbyte_cdk.sources.declarative.concurrent_declarative_source import (
    ConcurrentDeclarativeSource,
)
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_circle_events import manifest
from source_circle_events.config import MODE_KEY, Mode, Settings
from source_circle_events.output.progress import WithoutPageCounts
from source_circle_events.output.records import PageOfRecords
from source_circle_events.privacy.transform import personal_data
from source_circle_events.schemas.discovery import learned_catalog
from source_circle_events.state import check_state, in_our_words


def _in_one(failures: Sequence[AirbyteErrorTraceMessage]) -> AirbyteTracedException | None:
    """The failures of the streams as one; the CDK calls any such sum a config_error and quotes the
    streams' exceptions in Python's words."""
    if not failures:
        return None
    messages = " ".join(dict.fromkeys(failure.message for failure in failures))
    kinds = {failure.failure_type for failure in failures}
    kind = kinds.pop() if len(kinds) == 1 else FailureType.system_error
    return AirbyteTracedException(messages, messages, kind or FailureType.system_error)


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
        state = in_our_words(state or [])
        self._given_state = state
        super().__init__(
            catalog=catalog,
            config=config,
            state=state,
            source_config=manifest.with_components(manifest.load()),
            **options,
        )
        self.logger.addFilter(WithoutPageCounts())

    def configure(
        self,
        config: Mapping[str, Any],
        temp_dir: str,  # noqa: ARG002
    ) -> Mapping[str, Any]:
        """Without the CDK's copy of the config on disk: it holds the token, and outlives a kill."""
        return config

    def check(
        self,
        logger: logging.Logger,  # noqa: ARG002
        config: Mapping[str, Any],
    ) -> AirbyteConnectionStatus:
        with self._mode("check", config):
            try:
                Settings.of(config)
                (stream,) = (s for s in self.streams(self._config) if s.name == "events")
                available = stream.check_availability()
            except AirbyteTracedException as error:
                return AirbyteConnectionStatus(Status.FAILED, message=str(error))
        if available.is_available:
            return AirbyteConnectionStatus(Status.SUCCEEDED)
        return AirbyteConnectionStatus(Status.FAILED, message=available.reason)

    def discover(self, logger: logging.Logger, config: Mapping[str, Any]) -> AirbyteCatalog:
        with self._mode("discover", config):
            Settings.of(config)
            catalog = super().discover(logger, config)
            streams = {stream.name: stream for stream in self.streams(self._config)}

            def newest_page(name: str) -> list[bytes]:
                partition = next(iter(streams[name].generate_partitions()))
                return [json.dumps(dict(record.data)).encode() for record in partition.read()]

            return learned_catalog(catalog, newest_page, personal_data(config))

    def read(
        self,
        logger: logging.Logger,
        config: Mapping[str, Any],
        catalog: ConfiguredAirbyteCatalog,
        state: list[AirbyteStateMessage] | None = None,
    ) -> Iterator[AirbyteMessage]:
        for message in self.read_pages(logger, config, catalog, state):
            if isinstance(message, PageOfRecords):
                yield from message.messages()
            else:
                yield message

    def read_pages(
        self,
        logger: logging.Logger,
        config: Mapping[str, Any],
        catalog: ConfiguredAirbyteCatalog,
        state: list[AirbyteStateMessage] | None = None,
    ) -> Iterator[AirbyteMessage | PageOfRecords]:
        """Like `read`, with the records of a page in one piece."""
        if (config and not self._config) or (state and not self._given_state):
            # constructed by a client that gives everything, or only the state, here
            configured = SourceCircleEvents(catalog, config, state)
            yield from configured.read_pages(logger, config, catalog, state)
            return
        Settings.of(config)
        check_state(self._given_state)
        failures: list[AirbyteErrorTraceMessage] = []
        try:
            for message in super().read(logger, config, catalog, state):
                if message.trace and message.trace.error:
                    failures.append(message.trace.error)
                yield PageOfRecords.carried_by(message) or message
        except AirbyteTracedException as error:
            raise _in_one(failures) or error from None

    @contextmanager
    def _mode(self, mode: Mode, config: Mapping[str, Any]) -> Iterator[None]:
        before = self._config
        self._config = {**(before or config), MODE_KEY: mode}
        try:
            yield
        finally:
            self._config = before
