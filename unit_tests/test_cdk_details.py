"""What the package relies on in airbyte-cdk beyond its documented interface, one test for each detail.

What fails here after an upgrade is what changed.
"""

from __future__ import annotations

import subprocess
import sys

import pytest
from airbyte_cdk.sources.types import StreamSlice

from source_circle_events.source import SourceCircleEvents
from unit_tests.conftest import API, CATALOG, CONFIG, states_of

SPLIT_SLICES = {"start_time", "end_time"}


def test_the_source_builds_streams_from_config_and_state_of_the_constructor():
    state = states_of("2025-03-01T12:00:00.000000+0000")

    stream, *_ = SourceCircleEvents(CATALOG, CONFIG, state).streams({})

    assert stream.name == "events"
    assert stream.cursor.state == {"created_at": "2025-03-01T12:00:00.000000+0000"}
    slices = list(stream.cursor.stream_slices())
    assert slices[0]["start_time"] == "2025-03-01T12:00:00.000000+0000"
    assert all(part.keys() == SPLIT_SLICES for part in slices)


def test_the_factory_builds_requesters_from_the_resolved_manifest(http):
    """They evaluate URL and parameters for a slice, and for a link."""
    source = SourceCircleEvents(config=CONFIG)
    requester = source._endpoints(CONFIG, None)["events"].requester
    part = StreamSlice(
        partition={},
        cursor_slice={
            "start_time": "2025-01-01T00:00:00.000000+0000",
            "end_time": "2025-02-01T00:00:00.000000+0000",
        },
    )

    first = requester.get_request_params(stream_slice=part, next_page_token=None)
    assert first["created_at_gt"] == "2024-12-31T23:59:59.000000Z"
    assert str(first["per_page"]) == "2000"
    assert requester.get_url(stream_slice=part, next_page_token=None) == f"{API}/events"
    link = {"next_page_token": "cursor=2"}
    assert dict(requester.get_request_params(stream_slice=part, next_page_token=link)) == {}
    assert requester.get_url(stream_slice=part, next_page_token=link) == f"{API}/events?cursor=2"


@pytest.mark.parametrize("skipped", [True, False])
def test_skipping_docstrings_spares_reading_the_cdks_source_files(skipped):
    """Counts the files that are parsed for docstrings while the entrypoint is imported."""
    program = (
        "import ast, attributes_doc._base\n"
        "from source_circle_events.run import skip_docstrings\n"
        f"if {skipped}: skip_docstrings()\n"
        "parsed, parse = [], ast.parse\n"
        "ast.parse = lambda *given, **named: parsed.append(1) or parse(*given, **named)\n"
        "from source_circle_events import commands\n"
        "print(len(parsed))"
    )
    parsed = int(subprocess.check_output([sys.executable, "-c", program], text=True))

    assert (parsed < 5) == skipped
