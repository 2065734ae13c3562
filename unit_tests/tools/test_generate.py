"""Generated text: current in the repository, replaced between its markers, found when stale."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from source_circle_events.schemas.catalogue import event_types, tracker_event_types
from source_circle_events.schemas.documents import STREAMS, model_names, resolved
from tools.generate import MANIFEST, REFERENCE, ROOT, main, replaced, stale
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


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / MANIFEST).write_text(TEMPLATE)
    return tmp_path


def test_given_the_repository_when_checked_then_manifest_and_reference_are_current() -> None:
    assert stale(ROOT) == []


def test_given_a_manifest_with_markers_when_generated_then_names_and_schemas_are_in_it(
    root: Path,
) -> None:
    assert main([], root) == 0
    manifest = yaml.safe_load((root / MANIFEST).read_text())
    assert manifest == {
        "items": [event.name for event in event_types()],
        "tracker_items": [event.name for event in tracker_event_types()],
        "kept": 1,
        "schemas": {stream: resolved(stream) for stream in STREAMS},
    }
    assert (root / REFERENCE).read_text() == reference_page()


def test_given_a_written_tree_when_generated_again_then_nothing_is_stale(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main([], root)
    capsys.readouterr()
    assert main([], root) == 0
    assert main(["--check"], root) == 0
    assert capsys.readouterr() == ("", "")


def test_given_a_changed_file_when_checked_then_it_is_named_and_left_alone(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main([], root)
    page = root / REFERENCE
    page.write_text("by hand")
    assert main(["--check"], root) == 1
    assert str(REFERENCE) in capsys.readouterr().err
    assert page.read_text() == "by hand"


def test_given_an_indented_block_when_replaced_then_only_it_changes_and_with_its_indent() -> None:
    document = "a\n  # >>> generated: x\n  old\n  # <<< generated: x\nb\n"
    assert replaced(document, "x", "- 1\n- 2\n") == (
        "a\n  # >>> generated: x\n  - 1\n  - 2\n  # <<< generated: x\nb\n"
    )


@pytest.mark.parametrize("document", ["nothing\n", "# >>> generated: x\n"])
def test_given_no_block_when_replaced_then_it_is_an_error(document: str) -> None:
    with pytest.raises(ValueError, match="generated: x"):
        replaced(document, "x", "content")


def test_given_the_reference_when_read_then_streams_models_events_and_persons_are_in_it() -> None:
    page = reference_page()
    for heading in (*STREAMS, *model_names()):
        assert f"### {heading}\n" in page
    for event in (*event_types(), *tracker_event_types()):
        assert f"| `{event.name}` | {event.meaning} |" in page
    personal = page.split("## Personal data\n")[1]
    for field in ("public_uid", "email", "name", "first_name", "last_name"):
        assert f"| [CommunityMember](#communitymember) | `{field}` |" in personal
