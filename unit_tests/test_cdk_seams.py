"""What the package relies on in airbyte-cdk beyond its documented interface, one test for each seam.

Read the names after an upgrade: what fails here is what changed.
"""

from __future__ import annotations

import inspect
from datetime import UTC, datetime

import pytest
from airbyte_cdk.entrypoint import AirbyteEntrypoint
from airbyte_cdk.logger import PRINT_BUFFER
from airbyte_cdk.sources.concurrent_source.concurrent_read_processor import ConcurrentReadProcessor
from airbyte_cdk.sources.declarative.concurrent_declarative_source import (
    ConcurrentDeclarativeSource,
)
from airbyte_cdk.sources.declarative.requesters.http_requester import HttpRequester
from airbyte_cdk.sources.streams.concurrent.cursor import ConcurrentCursor
from airbyte_cdk.sources.utils.record_helper import stream_data_to_airbyte_message
from airbyte_cdk.utils.memory_monitor import MemoryMonitor

from source_circle_events.config import Config
from source_circle_events.output.records import PageOfRecords
from source_circle_events.reading.checkpoint import as_record, page_in, save
from source_circle_events.reading.sync import Sync, current
from source_circle_events.reading.window import Window
from source_circle_events.source import SourceCircleEvents
from unit_tests.conftest import API

CONFIG = {"api_token": "token", "base_url": API}
WINDOW = Window(datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 2, 1, tzinfo=UTC))


@pytest.fixture
def sync():
    """A sync with the retrievers that the CDK built for it."""
    source = SourceCircleEvents(config=CONFIG)
    sync = Sync(Config.of(CONFIG))
    with sync.building():
        source.streams(CONFIG)
    yield sync
    sync.close()


def test_streams_builds_every_retriever_in_the_calling_context(sync):
    assert list(sync.newest) == ["events", "member_visits", "tracker_events"]
    assert current(CONFIG) is not sync  # and only meanwhile


def test_a_custom_retriever_is_given_requester_cursor_name_and_config(sync):
    retriever = sync.newest["events"].__self__

    assert isinstance(retriever.requester, HttpRequester)
    assert isinstance(retriever.cursor, ConcurrentCursor)
    assert (retriever.name, retriever.config["api_token"]) == ("events", "token")


def test_the_requester_evaluates_url_and_parameters_for_a_slice_and_for_a_link(sync):
    ask, part = sync.newest["events"].__self__.requester, WINDOW.as_slice()

    first = ask.get_request_params(stream_slice=part, next_page_token=None)
    assert first["created_at_gt"] == "2024-12-31T23:59:59.000000Z"
    assert str(first["per_page"]) == "2000"
    assert ask.get_url(stream_slice=part, next_page_token=None) == f"{API}/events"
    link = {"next_page_token": "cursor=2"}
    assert dict(ask.get_request_params(stream_slice=part, next_page_token=link)) == {}
    assert ask.get_url(stream_slice=part, next_page_token=link) == f"{API}/events?cursor=2"


def test_the_cursor_emits_a_state_for_a_closed_partition_it_never_made(sync):
    cursor = sync.newest["events"].__self__.cursor
    newest = datetime(2025, 1, 5, tzinfo=UTC)

    (whole, *_) = cursor.stream_slices()
    begin = Window(Window.of_slice(whole).start, WINDOW.end)
    save(cursor, "events", begin, newest)

    assert "2025-01-05" in str(cursor.state)
    assert not cursor._message_repository._queue.empty()


def test_the_record_of_a_page_keeps_its_key_that_is_no_text_through_the_queue():
    page = PageOfRecords("events", [], 0, datetime(2025, 1, 5, tzinfo=UTC), lambda: None)

    record = as_record(page, WINDOW.as_slice())
    message = stream_data_to_airbyte_message(record.stream_name, record.data)

    assert page_in(message) is page
    assert message.record.data["created_at"].startswith("2025-01-05")


def test_on_record_makes_its_message_of_the_record_s_data_itself():
    assert "stream_data_to_airbyte_message" in inspect.getsource(ConcurrentReadProcessor.on_record)


def test_the_entrypoint_s_read_counts_by_a_method_and_looks_at_memory():
    text = inspect.getsource(AirbyteEntrypoint.read)

    assert "self.handle_record_counts(message" in text
    assert "self._memory_monitor.check_memory_usage()" in text
    assert MemoryMonitor()._check_interval > 0


def test_the_constructor_takes_catalog_config_state_and_a_manifest():
    parameters = inspect.signature(ConcurrentDeclarativeSource.__init__).parameters

    assert [*parameters][1:4] == ["catalog", "config", "state"]
    assert "source_config" in parameters


def test_the_print_buffer_has_a_lock_and_writes_to_the_first_stdout():
    assert PRINT_BUFFER.lock.acquire(blocking=False)
    PRINT_BUFFER.lock.release()
    assert "sys.__stdout__" in inspect.getsource(type(PRINT_BUFFER).flush)
