# ruff: noqa: T201  (a command for people)
"""`python -m source_circle_events.probe --config FILE [--report FILE]`, or `--vendor FILE`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_circle_events import inputs
from source_circle_events.config import Config
from source_circle_events.probe.report import Report
from source_circle_events.probe.vendor import settings_of


def main(arguments: list[str] | None = None) -> int:
    """0, or 1 with a sentence on stderr."""
    parser = argparse.ArgumentParser(
        prog="python -m source_circle_events.probe", description=__doc__
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--config", help="JSON with the token: ask the real service")
    what.add_argument("--vendor", type=Path, help="Circle's Airbyte manifest or OpenAPI file")
    parser.add_argument("--report", type=Path, help="write the findings as JSON, fit to be shown")
    given = parser.parse_args(arguments)
    try:
        if given.vendor:
            print(settings_of(given.vendor.read_bytes()))
            return 0
        config = Config.of(inputs.config(given.config))
        report = Report(config)
        print(report.table())
        if given.report:
            given.report.write_text(report.as_json().replace(config.api_token, "<token>"))
            print(f"{given.report} has it as JSON, without a token or a record's values.")
    except AirbyteTracedException as error:
        print(error.message, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{error.filename} cannot be opened: {error.strerror}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
