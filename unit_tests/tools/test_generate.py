"""Generated text: current in the repository, replaced between its markers, found when stale."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from source_circle_events.schemas.event_types import event_types
from source_circle_events.schemas.schema_files import STREAMS, resolved
from tools.generate import MANIFEST, REFERENCE, main
from tools.reference import reference_page

TEMPLATE = """\
items:
  # >>> generated: event_names
  old
  # <<< generated: event_names
tracker_items:
  # >>> generated: tracker_event_names
  # <<< generated: tracker_event_names
kept: 1
# >>> generated: schemas
schemas: {}
# <<< generated: schemas
"""


def test_what_is_stale_is_named_and_then_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page, manifest = tmp_path / REFERENCE, tmp_path / MANIFEST
    page.parent.mkdir()
    manifest.write_text(TEMPLATE)
    assert main(["--check"], tmp_path) == 1
    said = capsys.readouterr().err
    assert f"{MANIFEST} is stale" in said
    assert f"{REFERENCE} is stale" in said
    assert (manifest.read_text(), page.exists()) == (TEMPLATE, False)

    assert main([], tmp_path) == 0
    assert yaml.safe_load(manifest.read_text()) == {
        "items": [event.name for event in event_types()],
        "tracker_items": [event.name for event in event_types("tracker_events")],
        "kept": 1,
        "schemas": {stream: resolved(stream) for stream in STREAMS},
    }
    assert page.read_text() == reference_page()

    capsys.readouterr()
    assert main([], tmp_path) == main(["--check"], tmp_path) == 0
    assert capsys.readouterr() == ("", "")
