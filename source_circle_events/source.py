"""The Airbyte source. The CDK builds streams and schemas from the manifest; the package reads pages."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from airbyte_cdk.models import (
    AirbyteCatalog,
    AirbyteConnectionStatus,
    AirbyteMessage,
    AirbyteStateMessage,
    ConfiguredAirbyteCatalog,
    Status,
)
from airbyte_cdk.sources.declarative.concurrent_declarative_source import (
    ConcurrentDeclarativeSource,
)
from airbyte_cdk.sources.declarative.models import HttpRequester as HttpRequesterModel
from airbyte_cdk.sources.declarative.parsers.model_to_component_factory import (
    ModelToComponentFactory,
)
from airbyte_cdk.sources.declarative.requesters import HttpRequester
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_circle_events import manifest
from source_circle_events.config import Config, cleaned_config
from source_circle_events.http.client import CircleClient
from source_circle_events.http.page import Page
from source_circle_events.http.retries_and_timeouts import COMMAND, SYNC
from source_circle_events.inputs import check_selected, checked_states
from source_circle_events.output.personal_data import PersonalData
from source_circle_events.output.record_messages import PageOfRecords
from source_circle_events.output.state_and_status import SyncOutput
from source_circle_events.reading.next_request import Request
from source_circle_events.reading.read_loop import Threads, read
from source_circle_events.reading.stream_reader import StreamReader
from source_circle_events.reading.window import FORMAT, Window
from source_circle_events.schemas.discovery import SAMPLE_SIZE, learned_catalog

_KEY_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"


class SourceCircleEvents(ConcurrentDeclarativeSource):
    """The source: check, discover and read.

    The CDK builds its streams from the config and the state that are passed to the constructor. If a
    method gets others, it uses a new source for them."""

    def __init__(
        self,
        catalog: ConfiguredAirbyteCatalog | None = None,
        config: Mapping[str, Any] | None = None,
        state: Sequence[AirbyteStateMessage] | None = None,
        **options: Any,
    ) -> None:
        configured = [stream.stream.name for stream in catalog.streams] if catalog else None
        self._given = (cleaned_config(config or {}), [*(state or [])])
        super().__init__(
            catalog=catalog,
            config=self._given[0] or None,
            state=checked_states(state or [], configured),
            source_config=manifest.load_for_package(),
            **options,
        )

    def configure(self, config: Mapping[str, Any], temp_dir: str) -> Mapping[str, Any]:  # noqa: ARG002
        """Returns the cleaned config. The CDK's method would also write it to disk, with the token."""
        return cleaned_config(config)

    def check(self, logger: logging.Logger, config: Mapping[str, Any]) -> AirbyteConnectionStatus:
        """Requests one record of each stream. Fails if `events` cannot be read, warns of others."""
        try:
            parsed = Config.of(config)
            with closing(CircleClient(parsed, COMMAND)) as client:
                for stream, endpoint in self._endpoints(config, client).items():
                    try:
                        endpoint.newest(1)
                    except AirbyteTracedException as error:
                        if stream == "events":
                            raise
                        logger.warning(
                            f'The stream "{stream}" cannot be read: {error.message} If you do not '
                            "need this stream, deselect it in the connection: the others work."
                        )
        except AirbyteTracedException as error:
            return AirbyteConnectionStatus(Status.FAILED, message=error.message or str(error))
        return AirbyteConnectionStatus(Status.SUCCEEDED)

    def discover(self, logger: logging.Logger, config: Mapping[str, Any]) -> AirbyteCatalog:
        """Returns the documented schemas, extended by the fields of each stream's newest records."""
        parsed = Config.of(config)
        catalog = ConcurrentDeclarativeSource.discover(self._built_for(config), logger, config)
        personal = PersonalData(parsed.personal_data, parsed.hash_key)
        for stream in catalog.streams:
            stream.json_schema = personal.schema(stream.json_schema)
        with closing(CircleClient(parsed, COMMAND)) as client:
            endpoints = self._endpoints(config, client)
            return learned_catalog(
                catalog, lambda name: personal.apply(endpoints[name].newest(SAMPLE_SIZE).rows)
            )

    def read(self, *given: Any, **named: Any) -> Iterator[AirbyteMessage]:
        """Yields the messages of the selected streams."""
        for message in self.read_pages(*given, **named):
            yield from message.messages() if isinstance(message, PageOfRecords) else [message]

    def read_pages(
        self,
        logger: logging.Logger,  # noqa: ARG002
        config: Mapping[str, Any],
        catalog: ConfiguredAirbyteCatalog,
        state: Sequence[AirbyteStateMessage] | None = None,
    ) -> Iterator[AirbyteMessage | PageOfRecords]:
        """Yields the same messages as `read`, but the records of a page as one `PageOfRecords`.

        Write each message before you take the next one: this limits the memory used. Without `state`,
        the state that was passed to the constructor is used.
        """
        selected = [stream.stream.name for stream in catalog.streams]
        parsed = Config.of(config, selected)
        check_selected(selected)
        built = self._built_for(config, state or self._given[1], catalog).streams(config)
        with closing(CircleClient(parsed, SYNC)) as client:
            endpoints = self._endpoints(config, client)
            readers = [
                _reader(stream, endpoints[stream.name], parsed)
                for stream in built
                if stream.name in selected
            ]
            output = SyncOutput(readers, parsed, catalog, client.limiter)
            yield from output.messages(read(readers, parsed.num_workers, Threads()))

    def _built_for(
        self,
        config: Mapping[str, Any],
        state: Sequence[AirbyteStateMessage] = (),
        catalog: ConfiguredAirbyteCatalog | None = None,
    ) -> SourceCircleEvents:
        """Returns this source if it was constructed with this config and state, otherwise a new one."""
        same = self._given == (cleaned_config(config), [*state])
        return self if same else SourceCircleEvents(catalog, config, state)

    def _endpoints(self, config: Mapping[str, Any], client: CircleClient) -> dict[str, _Endpoint]:
        factory = ModelToComponentFactory()
        endpoints = {}
        for stream in self.resolved_manifest["streams"]:
            requester = factory.create_component(
                HttpRequesterModel,
                stream["retriever"]["requester"],
                cleaned_config(config),
                name=stream["name"],
            )
            endpoints[stream["name"]] = _Endpoint(stream["name"], requester, client)
        return endpoints


@dataclass(frozen=True)
class _Endpoint:
    """Requests the pages of one stream, with the URL and the parameters from the manifest."""

    stream: str
    requester: HttpRequester
    client: CircleClient

    def page(self, request: Request) -> Page:
        url, parameters = self._request(request)
        if request.key and not request.link:
            parameters["created_at_gt"] = request.key.strftime(_KEY_FORMAT)
        return self.client.page(self.stream, url, parameters)

    def newest(self, count: int) -> Page:
        """Requests the newest records, up to `count`."""
        now = datetime.now(UTC)
        url, parameters = self._request(Request(Window(now, now)))
        no_bounds = {"created_at_gt": None, "base_timestamp": None}
        parameters |= no_bounds | {"per_page": count, "sort": "latest"}
        return self.client.page(self.stream, url, parameters)

    def _request(self, request: Request) -> tuple[str, dict[str, Any]]:
        link = {"next_page_token": request.link} if request.link else None
        part = request.window.as_slice()
        url = self.requester.get_url(stream_slice=part, next_page_token=link)
        parameters = self.requester.get_request_params(stream_slice=part, next_page_token=link)
        return url, dict(parameters)


def _reader(stream: Any, endpoint: _Endpoint, config: Config) -> StreamReader:
    """Returns the reader of `stream`, with the state and the time range from the CDK's cursor."""
    slices = list(stream.cursor.stream_slices())
    window = None
    if slices:
        window = Window(_time(slices[0]["start_time"]), _time(slices[-1]["end_time"]))
    newest = _time(stream.cursor.state["created_at"])
    return StreamReader(stream.name, window, newest, config.settling_period, endpoint.page)


def _time(text: str) -> datetime:
    return datetime.strptime(text, FORMAT).astimezone(UTC)
