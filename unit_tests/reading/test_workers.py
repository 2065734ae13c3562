"""The threads that ask for pages. That none of them hangs or loses a page is held by the trials."""

from __future__ import annotations

import threading

from airbyte_cdk.models import SyncMode
from airbyte_cdk.test.catalog_builder import CatalogBuilder
from airbyte_cdk.test.entrypoint_wrapper import read

from source_circle_events.source import SourceCircleEvents
from unit_tests.conftest import API, CONFIG, EVENTS, START, event, ids, page


def test_given_a_machine_without_threads_then_a_sentence_and_the_other_streams_go_on(
    http, monkeypatch
):
    http.get(EVENTS, **page(event(START)))
    http.get(f"{API}/member_visits", **page(visit := event(START)))
    start = threading.Thread.start

    def refuse(thread):
        if thread.name == "circle-events":
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    config = CONFIG | {"num_workers": 1}
    catalog = CatalogBuilder()
    for name in ("events", "member_visits"):
        catalog = catalog.with_stream(name, SyncMode.incremental)
    both = catalog.build()

    output = read(SourceCircleEvents(both, config), config, both, expecting_exception=True)

    assert "no more threads" in output.errors[0].trace.error.message
    assert ids(output) == [visit["id"]]
