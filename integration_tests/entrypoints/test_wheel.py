"""The wheel holds the package, the manifest and nothing else."""

from __future__ import annotations

import zipfile

from harness.streams import ROOT


def test_holds_the_package_and_nothing_else(wheel_file):
    wheel = zipfile.ZipFile(wheel_file)
    names = set(wheel.namelist())
    assert "source_circle_events/schemas/catalogue.yaml" in names
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"source_circle_events"}
    assert not [name for name in names if name.endswith((".pyc", ".duckdb", ".env"))]
    manifest = wheel.read("source_circle_events/manifest.yaml")
    assert manifest == (ROOT / "manifest.yaml").read_bytes()
