"""Which manifest.yaml is loaded, and what the package changes in it."""

from __future__ import annotations

from importlib.metadata import version

from source_circle_events import manifest


def test_an_installed_package_loads_its_own_manifest(tmp_path, monkeypatch):
    package = tmp_path / "source_circle_events"
    package.mkdir()
    for folder in (package, tmp_path):  # another package may have put one beside it
        (folder / "manifest.yaml").touch()
    monkeypatch.setattr(manifest, "_PACKAGE", package)

    assert manifest.path() == package / "manifest.yaml"


def test_the_package_changes_only_a_few_parts_of_the_manifest():
    alone, swapped = manifest.load(), manifest.load_for_package()

    changed = {key for key in alone if alone[key] != swapped.get(key)}
    assert changed - {"streams"} == {"api_budget", "concurrency_level", "spec"}
    assert swapped["spec"]["connection_specification"]["properties"].keys() >= (
        alone["spec"]["connection_specification"]["properties"].keys()
    )


def test_the_user_agent_carries_the_version_of_the_package():
    headers = manifest.load()["definitions"]["requester"]["request_headers"]

    assert headers["User-Agent"] == f"source-circle-events/{version('source-circle-events')}"
