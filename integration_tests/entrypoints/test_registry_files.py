"""What the registry and the platform read besides the connector itself.

metadata.yaml and Dockerfile repeat what other files say (version, base image, host, streams); each
would be believed by somebody, so they must agree.
"""

from __future__ import annotations

import tomllib
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import pytest
import yaml
from airbyte_connector_models.metadata.v0.connector_metadata_definition_v0 import (
    ConnectorMetadataDefinitionV0,
)

from harness.streams import MANIFEST, ROOT, STREAMS
from source_circle_events.http.retry_policy import SYNC


@pytest.fixture(scope="module")
def metadata() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "metadata.yaml").read_bytes())
    return loaded


def test_the_registrys_model_accepts_it(metadata):
    data = ConnectorMetadataDefinitionV0.model_validate(metadata).data
    assert {"language:python", "cdk:low-code"} <= set(data.tags or [])
    assert {option.suite.value for option in data.connector_test_suites_options or []} == {
        "unitTests",
        "integrationTests",
        "acceptanceTests",
    }


def test_versions_agree(metadata):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    version = project["version"]
    assert metadata["data"]["dockerImageTag"] == version
    assert f"io.airbyte.version={version}\n" in (ROOT / "Dockerfile").read_text()
    (pinned,) = (d for d in project["dependencies"] if d.startswith("airbyte-cdk=="))
    lowest = tuple(map(int, MANIFEST["version"].split(".")))
    assert lowest <= tuple(map(int, pinned.removeprefix("airbyte-cdk==").split(".")))


def test_base_images_agree(metadata):
    base = metadata["data"]["connectorBuildOptions"]["baseImage"]
    assert "@sha256:" in base
    assert f"ARG BASE_IMAGE={base}\n" in (ROOT / "Dockerfile").read_text()


def test_allowed_hosts_are_those_that_are_asked(metadata):
    keys = MANIFEST["spec"]["connection_specification"]["properties"]
    host = urlsplit(keys["base_url"]["default"]).hostname
    assert metadata["data"]["allowedHosts"]["hosts"] == [host, "${base_url}"]


def test_the_longest_silence_is_below_the_one_the_platform_kills_at(metadata):
    handler = MANIFEST["definitions"]["error_handler"]
    waits = [each.get("max_waiting_time_in_seconds", 0) for each in handler["backoff_strategies"]]
    alone = handler["max_retries"] * (max(waits) + 60)
    package = SYNC.in_all + SYNC.connect + SYNC.whole
    assert max(package, alone) < metadata["data"]["maxSecondsBetweenMessages"]


def test_suggested_streams_are_all(metadata):
    assert metadata["data"]["suggestedStreams"]["streams"] == list(STREAMS)
    assert [stream["name"] for stream in MANIFEST["streams"]] == list(STREAMS)


def test_the_icon_is_a_square_picture_and_fetches_nothing(metadata):
    text = (ROOT / metadata["data"]["icon"]).read_text()
    picture = ET.fromstring(text)
    assert picture.tag == "{http://www.w3.org/2000/svg}svg"
    assert picture.get("viewBox") == "0 0 250 250"
    assert "href" not in text
    assert "<script" not in text
