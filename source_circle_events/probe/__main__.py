# ruff: noqa: T201  (a command for people)
"""`python -m source_circle_events.probe --config FILE [--report FILE]`, or `--vendor FILE`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_circle_events import config as configs
from source_circle_events.errors import config_error
from source_circle_events.probe.documents import NotAVendorFileError
from source_circle_events.probe.paths import endpoint_paths
from source_circle_events.probe.run import probe
from source_circle_events.probe.vendor import settings_of


def main(arguments: list[str] | None = None) -> int:
    """0, or 1 with a sentence on stderr."""
    parser = argparse.ArgumentParser(
        prog="python -m source_circle_events.probe", description=__doc__
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--config", type=Path, help="JSON with the token: ask the real service")
    what.add_argument("--vendor", type=Path, help="Circle's Airbyte manifest or OpenAPI file")
    parser.add_argument("--report", type=Path, help="write the findings as JSON, fit to be shown")
    given = parser.parse_args(arguments)
    try:
        if given.vendor:
            print(settings_of(_read(given.vendor)))
            return 0
        raw = _config(given.config)
        config: Any = getattr(configs, "Config", getattr(configs, "Settings", None)).of(raw)  # type: ignore[union-attr]
        report = probe(config, endpoint_paths(raw))
        print(report.table())
        if given.report:
            _write(given.report, report.as_json().replace(config.api_token, "<token>"))
            print(f"{given.report} has it as JSON, without a token or a record's values.")
    except AirbyteTracedException as error:
        print(error.message, file=sys.stderr)
        return 1
    except NotAVendorFileError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _config(path: Path) -> dict[str, Any]:
    try:
        raw = json.loads(_read(path))
    except (ValueError, RecursionError):
        raw = None
    if not isinstance(raw, dict):
        raise config_error(f"The config cannot be read from {path}: it holds no JSON object.")
    return raw


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise config_error(f"{path} cannot be read: {error.strerror}.") from None


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text)
    except OSError as error:
        raise config_error(f"{path} cannot be written: {error.strerror}.") from None


if __name__ == "__main__":
    sys.exit(main())
