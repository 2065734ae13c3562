"""Generated text: found when stale, and written between its markers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.generate import MANIFEST, REFERENCE, main
from tools.reference import reference_page


def test_stale_files_are_named_and_then_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page, manifest, current = tmp_path / REFERENCE, tmp_path / MANIFEST, Path(MANIFEST).read_text()
    page.parent.mkdir()
    stale = current.replace("- post.liked", "- old").replace("- PageExit", "- old")
    stale = stale.replace("ahoy_visitor", "old")
    manifest.write_text(stale)
    assert main(["--check"], tmp_path) == 1
    errors = capsys.readouterr().err
    assert f"{MANIFEST} is stale" in errors
    assert f"{REFERENCE} is stale" in errors
    assert (manifest.read_text(), page.exists()) == (stale, False)

    assert main([], tmp_path) == 0
    assert manifest.read_text() == current
    assert page.read_text() == reference_page()

    capsys.readouterr()
    assert main([], tmp_path) == main(["--check"], tmp_path) == 0
    assert capsys.readouterr() == ("", "")
