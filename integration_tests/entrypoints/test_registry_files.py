"""What the registry and the platform read besides the connector itself.

metadata.yaml and Dockerfile repeat what other files say (version, base image, host, streams); each
would be believed by somebody, so they must agree.
"""

from __future__ import annotations

import tomllib
from urllib.parse import urlsplit

import yaml
from airbyte_connector_models.metadata.v0.connector_metadata_definition_v0 import (
    ConnectorMetadataDefinitionV0,
)

from harness.streams import MANIFEST, ROOT, STREAMS
from source_circle_events.http.retries_and_timeouts import SYNC

METADATA = yaml.safe_load((ROOT / "metadata.yaml").read_bytes())
DATA = METADATA["data"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def test_the_registrys_model_accepts_it():
    data = ConnectorMetadataDefinitionV0.model_validate(METADATA).data
    assert {"language:python", "cdk:low-code"} <= set(data.tags or [])
    assert {option.suite.value for option in data.connector_test_suites_options or []} == {
        "unitTests",
        "integrationTests",
        "acceptanceTests",
    }


def test_versions_agree():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    version = project["version"]
    assert DATA["dockerImageTag"] == version
    assert f"io.airbyte.version={version}\n" in DOCKERFILE
    (pinned,) = (d for d in project["dependencies"] if d.startswith("airbyte-cdk=="))
    lowest = tuple(map(int, MANIFEST["version"].split(".")))
    assert lowest <= tuple(map(int, pinned.removeprefix("airbyte-cdk==").split(".")))


def test_base_images_hosts_and_streams_agree():
    base = DATA["connectorBuildOptions"]["baseImage"]
    assert "@sha256:" in base
    assert f"ARG BASE_IMAGE={base}\n" in DOCKERFILE
    keys = MANIFEST["spec"]["connection_specification"]["properties"]
    host = urlsplit(keys["base_url"]["default"]).hostname
    assert DATA["allowedHosts"]["hosts"] == [host, "${base_url}"]
    assert DATA["suggestedStreams"]["streams"] == list(STREAMS)


def test_the_longest_silence_is_below_the_one_the_platform_kills_at():
    handler, _ = MANIFEST["definitions"]["error_handler"]["error_handlers"]
    waits = [each.get("max_waiting_time_in_seconds", 0) for each in handler["backoff_strategies"]]
    alone = handler["max_retries"] * (max(waits) + 60)
    package = SYNC.total + SYNC.connect + SYNC.answer
    assert max(package, alone) < DATA["maxSecondsBetweenMessages"]
