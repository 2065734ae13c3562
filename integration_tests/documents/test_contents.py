"""What the pages name is what there is: links, settings, streams, messages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.streams import MANIFEST, ROOT, STREAMS
from integration_tests.documents.pages import PAGES, anchors, blocks, links, rows
from source_circle_events import manifest

_PACKAGE = ROOT / "source_circle_events"
_ERRORS = {"config_error", "system_error", "transient_error", "TryAgainError"}
_ANY = "\0"
"""In a sentence, what is filled in."""


@pytest.mark.parametrize("page", [*PAGES, "CHANGELOG.md"])
def test_given_a_page_then_its_links_lead_somewhere(page: str) -> None:
    lost = []
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = (ROOT / page).parent / path if path else ROOT / page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            lost.append(link)
    assert not lost


def test_given_the_spec_then_the_readme_has_a_row_for_each_setting_and_no_other() -> None:
    spec = manifest.loaded_with_components()["spec"]["connection_specification"]["properties"]
    expected = {key: (word["title"], word.get("default")) for key, word in spec.items()}

    table = {row[1].strip("`"): row for row in rows("README.md", "Settings")}

    assert list(table) == list(expected)
    for key, (title, default) in expected.items():
        assert table[key][0] == title
        if default is not None:
            assert table[key][2] == f"`{default}`"


@pytest.mark.parametrize(
    ("page", "heading"),
    [("README.md", "Streams"), ("docs/circle-events.md", "Supported streams")],
)
def test_given_the_streams_then_a_page_has_a_row_for_each(page: str, heading: str) -> None:
    assert [row[0].strip("`") for row in rows(page, heading)] == list(STREAMS)


def test_given_the_package_then_contributing_shows_each_module_and_no_other() -> None:
    tree = next(block.text for block in blocks("CONTRIBUTING.md") if not block.kind)
    ours = tree.split("source_circle_events/", 1)[1].split("\nsandbox/", 1)[0]
    modules = {path.name for path in _PACKAGE.rglob("*.py") if path.parent.name != "probe"}
    assert set(re.findall(r"\w+\.py", ours)) == modules - {"__init__.py"}


def test_given_where_a_change_goes_then_each_file_is_there() -> None:
    cells = " ".join(row[1] for row in rows("CONTRIBUTING.md", "Where a change goes"))
    paths = [path for path in re.findall(r"`([\w./*]+)`", cells) if "/" in path or "." in path]
    patterns = [path.replace("NAME", "*") for path in paths]
    assert not [one for one in patterns if not [*ROOT.glob(one), *_PACKAGE.glob(one)]]


def test_given_the_troubleshooting_then_its_messages_are_those_of_the_code() -> None:
    known = [*sentences(), *_texts()]
    assert not [one for one in listed() if not any(says(sentence, one) for sentence in known)]


def test_given_the_code_then_each_message_is_in_the_troubleshooting() -> None:
    table = listed()
    missing = {one for one in sentences() if not any(says(one, row) for row in table)}
    assert not missing


def listed() -> list[str]:
    """The messages of README's table, `...` standing for what differs."""
    messages = " ".join(row[0] for row in rows("README.md", "Troubleshooting"))
    return re.findall(r"`([^`]+)`", messages)


def says(sentence: str, row: str) -> bool:
    """Whether the pieces of `row` stand in `sentence`, in their order."""
    pieces = [re.escape(piece.strip()) for piece in row.split("...") if piece.strip()]
    return re.search(".*".join(pieces), sentence) is not None


def sentences() -> Iterator[str]:
    """What users are told: the manifest's answers, and what the package raises (not the probe's)."""
    for answer in MANIFEST["definitions"]["error_handler"]["response_filters"]:
        yield re.sub(r"\{\{.*?\}\}", _ANY, answer["error_message"])
    for file in sorted(_PACKAGE.rglob("*.py")):
        if "probe" not in file.relative_to(_PACKAGE).parts:
            yield from _raised(file)


def _texts() -> Iterator[str]:
    """Every text in the package's code."""
    for file in _PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.JoinedStr):
                yield _text(node)


def _raised(file: Path) -> Iterator[str]:
    tree = ast.parse(file.read_text("utf-8"))
    texts = {
        node.targets[0].id: _text(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    for node in ast.walk(tree):
        called = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args
        if called and node.func.id in _ERRORS:
            (told, *_) = node.args
            text = texts.get(told.id, "") if isinstance(told, ast.Name) else _text(told)
            if re.search(r"\w", text):
                yield text


def _text(node: ast.expr) -> str:
    """A text as it stands in the code, filled in with _ANY."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(value) for value in node.values)
    return _ANY if isinstance(node, ast.FormattedValue) else ""
