"""Which manifest.yaml is loaded: the checkout's, or the package's own, and nobody else's."""

from __future__ import annotations

from importlib.metadata import version

import pytest

from source_circle_events import manifest

OURS = '[project]\nname = "source-circle-events"\n'


@pytest.fixture
def package(tmp_path, monkeypatch):
    """The folder of an installed package; beside it lies a manifest."""
    folder = tmp_path / "source_circle_events"
    folder.mkdir()
    for place in (folder, tmp_path):
        (place / "manifest.yaml").touch()
    monkeypatch.setattr(manifest, "_PACKAGE", folder)
    return folder


@pytest.mark.parametrize("beside", [None, b'[project]\nname = "other"\n', b"\xff\xfe"])
def test_given_an_installed_package_then_a_manifest_beside_it_is_not_loaded(package, beside):
    if beside is not None:
        (package.parent / "pyproject.toml").write_bytes(beside)

    assert manifest.path() == package / "manifest.yaml"


def test_given_a_checkout_then_its_manifest_is_loaded_and_no_stale_copy(package):
    (package.parent / "pyproject.toml").write_text(OURS)

    assert manifest.path() == package.parent / "manifest.yaml"


def test_given_the_package_then_only_its_own_parts_differ_from_the_manifest_alone():
    alone, swapped = manifest.load(), manifest.load_for_package()

    changed = {key for key in alone if alone[key] != swapped.get(key)}
    assert changed - {"streams"} == {"api_budget", "concurrency_level", "spec"}
    assert swapped["spec"]["connection_specification"]["properties"].keys() >= (
        alone["spec"]["connection_specification"]["properties"].keys()
    )


def test_the_user_agent_carries_the_version_of_the_package():
    headers = manifest.load()["definitions"]["requester"]["request_headers"]

    assert headers["User-Agent"] == f"source-circle-events/{version('source-circle-events')}"
