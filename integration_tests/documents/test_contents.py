"""What the pages name is what there is: links, settings, streams, messages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from harness.streams import MANIFEST, ROOT, STREAMS
from integration_tests.documents.pages import PAGES, anchors, blocks, links, rows
from source_circle_events import manifest

_PACKAGE = ROOT / "source_circle_events"
_ERRORS = {"config_error", "system_error", "transient_error", "TryAgainError"}
_ANY = "\0"
"""In a sentence, what is filled in."""


@pytest.mark.parametrize("page", [*PAGES, "CHANGELOG.md"])
def test_given_a_page_then_its_links_lead_somewhere(page):
    lost = []
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = (ROOT / page).parent / path if path else ROOT / page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            lost.append(link)
    assert not lost


def test_given_the_spec_then_the_readme_has_a_row_for_each_setting_and_no_other():
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
def test_given_the_streams_then_a_page_has_a_row_for_each(page, heading):
    assert [row[0].strip("`") for row in rows(page, heading)] == list(STREAMS)


def test_given_the_package_then_contributing_shows_each_module_and_no_other():
    tree = next(text for kind, text in blocks("CONTRIBUTING.md") if not kind)
    ours = tree.split("source_circle_events/", 1)[1].split("\nsandbox/", 1)[0]
    modules = {path.name for path in _PACKAGE.rglob("*.py") if path.parent.name != "probe"}
    assert set(re.findall(r"\w+\.py", ours)) == modules - {"__init__.py"}


def test_given_where_a_change_goes_then_each_file_is_there():
    cells = " ".join(row[1] for row in rows("CONTRIBUTING.md", "Where a change goes"))
    paths = [path for path in re.findall(r"`([\w./*]+)`", cells) if "/" in path or "." in path]
    patterns = [path.replace("NAME", "*") for path in paths]
    assert not [one for one in patterns if not [*ROOT.glob(one), *_PACKAGE.glob(one)]]


def test_given_the_troubleshooting_then_its_messages_are_those_of_the_code():
    known = [*answers(), *(text for tree in _code() for text in texts(tree))]
    assert not [row for row in listed() if not any(says(text, row) for text in known)]


def test_given_the_code_then_each_message_is_in_the_troubleshooting():
    table = listed()
    told = [*answers(), *(text for tree in _code() for text in raised(tree))]
    assert not [text for text in told if not any(says(text, row) for row in table)]


def listed() -> list[str]:
    """The messages of README's table, `...` standing for what differs."""
    messages = " ".join(row[0] for row in rows("README.md", "Troubleshooting"))
    return re.findall(r"`([^`]+)`", messages)


def says(text: str, row: str) -> bool:
    """Whether the pieces of `row` stand in `text`, in their order."""
    pieces = [re.escape(piece.strip()) for piece in row.split("...") if piece.strip()]
    return re.search(".*".join(pieces), text) is not None


def answers() -> Iterator[str]:
    """What the manifest says of answers."""
    for answer in MANIFEST["definitions"]["error_handler"]["response_filters"]:
        yield re.sub(r"\{\{.*?\}\}", _ANY, answer["error_message"])


def _code() -> Iterator[ast.Module]:
    """The package's files, without the probe's, whose messages are a report."""
    for file in _PACKAGE.rglob("*.py"):
        if "probe" not in file.relative_to(_PACKAGE).parts:
            yield ast.parse(file.read_text("utf-8"))


def texts(tree: ast.AST) -> Iterator[str]:
    """Every text in the code but docstrings, filled in with _ANY, the outermost first."""
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if id(node) in prose:
            continue
        if isinstance(node, ast.JoinedStr):
            parts = (part.value if isinstance(part, ast.Constant) else _ANY for part in node.values)
            yield "".join(map(str, parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def raised(tree: ast.Module) -> Iterator[str]:
    """What an error is made with, where that is a text."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
            (told, *_) = node.args
            if node.func.id in _ERRORS and isinstance(told, ast.JoinedStr | ast.Constant):
                yield next(texts(told))
