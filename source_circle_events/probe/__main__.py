# ruff: noqa: T201  (a command for people)
"""`python -m source_circle_events.probe --config FILE [--report FILE]`, or `--vendor FILE`."""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from textwrap import shorten
from typing import Any, Final

from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_circle_events import inputs
from source_circle_events.config import Config
from source_circle_events.errors import transient_error
from source_circle_events.http.responses import origin
from source_circle_events.probe.observations import Observations, shapes
from source_circle_events.probe.questions import BASELINE, DOCUMENTED_MAXIMUM, Questions
from source_circle_events.probe.service import Service, UnknownError
from source_circle_events.probe.vendor import settings_of

_HOST: Final = re.compile(r"https?://[^\s/?#\"]+")
_METHODS: Final = vars(Questions) | vars(Observations)
FINDINGS: Final = {name: str(method.__doc__) for name, method in _METHODS.items() if name[0] != "_"}
"""Finding -> what is open."""
_FOLLOWS: Final = {
    ("sort", "ignored"): "please report it: reading is slower",
    ("created_at_gt", "ignored"): "please report it: each sync asks for all history",
    ("event_filter", "events"): 'nothing; "event_types" saves no requests',
    ("event_filter", "ignored"): 'nothing; "event_types" saves no requests',
    ("several_event_types", "last"): 'choose one name in "event_types", or none',
    ("several_event_types", "first"): 'choose one name in "event_types", or none',
}


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


class Report:
    """All that can be told of the service.

    A table for whoever asked, and JSON that can be shown to everybody: no token, no host beyond the
    origin, no value of a record.
    """

    def __init__(self, config: Config) -> None:
        """An AirbyteTracedException if `events` cannot be read."""
        self._origin = origin(config.base_url)
        self._service = service = Service(config)
        self.findings: dict[str, Any] = dict.fromkeys(FINDINGS)
        """None where it cannot be told, and then there is a reason."""
        self._reasons: dict[str, str] = {}
        self._failures: list[str] = []
        """A line for each stream that cannot be read."""
        try:
            questions = Questions(service)
        except UnknownError:
            raise transient_error(
                "Circle limits the requests of this account (429). Wait a minute, or stop other "
                "clients that use the same account, and ask again."
            ) from None
        for stream in sorted(service.paths.keys() - {"events"}):
            try:
                service.answer(stream, per_page=BASELINE, sort="latest")
            except (AirbyteTracedException, UnknownError) as error:
                self._failures.append(f"{stream}: {error}")
        for name in FINDINGS:
            try:
                self.findings[name] = getattr(questions, name)()
            except UnknownError as error:
                self._reasons[name] = str(error)
            except AirbyteTracedException as error:  # one that fails leaves the others be
                self._reasons[name] = f"no answer: {str(error).partition('. ')[0]}"

    def as_json(self) -> str:
        seen = shapes(self._service)
        endpoints: dict[str, dict[str, Any]] = {}
        for stream, path in self._service.paths.items():
            endpoints[stream] = {"path": path, "answers": stream in seen}
            if shape := seen.get(stream):
                fields = {path: sorted(types) for path, types in sorted(shape.fields.items())}
                models = sorted(shape.models)
                endpoints[stream] |= {"records": shape.records, "models": models, "fields": fields}
        shown = {
            "origin": self._origin,
            "endpoints": endpoints,
            "findings": self.findings,
            "reasons": self._reasons,
            "headers": sorted(self._service.headers),
            "requests": self._service.requests,
        }
        text = json.dumps(shown, indent=2) + "\n"  # a reason can quote where a redirect leads
        return _HOST.sub(lambda at: at[0] if at[0] == self._origin else "<another host>", text)

    def table(self) -> str:
        rows = [("what is open", "what this service does", "what follows")]
        for name, value in self.findings.items():
            if value is None:
                said = f"cannot tell: {self._reasons[name]}"
            elif isinstance(value, list):
                said = shorten(", ".join(value), 80) or "none"
            else:
                said = str(value)
            rows.append((FINDINGS[name], said, _follows(name, value)))
        widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
        lines = [f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c}" for a, b, c in rows]
        return "\n".join([*lines, *self._failures, f"{self._service.requests} requests."])


def _follows(name: str, value: Any) -> str:
    if name == "clock_skew_seconds" and abs(value or 0) > 30:
        return "set this machine's clock, if it is the wrong one"
    if name == "per_page_maximum" and (value or DOCUMENTED_MAXIMUM) < DOCUMENTED_MAXIMUM:
        return "please report it: more requests are needed"
    if name.startswith("undocumented") and value:
        return "refresh the schema (discover) to get columns"
    return _FOLLOWS.get((name, str(value)), "nothing")


if __name__ == "__main__":
    sys.exit(main())
