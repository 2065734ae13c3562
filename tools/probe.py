"""Ask the real service the questions that its documentation leaves open.

    python tools/probe.py --config secrets/config.json [--report report.json]

Prints what the service does and what follows from it. The report has the same as JSON. Neither shows
the token or a value of a record, so that the report can be attached to an issue.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs

from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_circle_events import inputs, manifest
from source_circle_events.config import Config, cleaned_config
from source_circle_events.http.client import CircleClient
from source_circle_events.http.page import Page, moment
from source_circle_events.http.retries_and_timeouts import COMMAND
from source_circle_events.schemas.event_types import event_types
from source_circle_events.schemas.schema_files import STREAMS, resolved

Rows = list[dict[str, Any]]
_FIRST_PAGE: Final = 30
_SECOND: Final = timedelta(seconds=1)
_NAME: Final = re.compile(r"[a-z][a-z_]{0,40}[0-9]{0,2}(\.[a-z_]{1,40}){0,5}")


class UnknownError(Exception):
    """The answers do not decide the question; the text says why."""


class Probe:
    """Each question is a method. An answer that other behaviour explains too is "unknown", because a
    wrong answer leads to a wrong setting."""

    def __init__(self, config: dict[str, Any]) -> None:
        self._given, self._config = cleaned_config(config), Config.of(config)
        self._client = CircleClient(self._config, COMMAND)
        self.rows: dict[str, Rows] = {}  # all that came, by stream
        self.latest, self._page = self.ask(per_page=_FIRST_PAGE, sort="latest")

    def ask(self, stream: str = "events", **parameters: Any) -> tuple[Rows, Page]:
        """The records and their page; UnknownError if Circle refuses this request."""
        key = f"{stream}_path"
        path = self._given.get(key, manifest.settings()[key]["default"]).strip("/")
        try:
            page = self._client.page(stream, f"{self._config.base_url}/{path}", parameters)
        except AirbyteTracedException as error:
            if not self.rows or error.failure_type == FailureType.transient_error:
                raise
            raise UnknownError("Circle refuses this") from None
        rows = [json.loads(bytes(row)) for row in page.rows]
        self.rows.setdefault(stream, []).extend(rows)
        return rows, page

    def sort(self) -> str:
        """Is the requested order kept? If not, reading is slower."""
        rows, _ = self.ask(per_page=_FIRST_PAGE, sort="oldest")
        latest = [at for at, _ in _timed(self.latest, "created_at")]
        oldest = [at for at, _ in _timed(rows, "created_at")]
        _need(len({*latest}) > 1 and len({*oldest}) > 1)
        ascending = [sorted(latest), sorted(oldest)]
        descending = [times[::-1] for times in ascending]
        if [latest, oldest] == [descending[0], ascending[1]]:
            return "honoured"
        _need([latest, oldest] in (ascending, descending), "the records are not in one order")
        return "ignored"

    def created_at_gt(self) -> str:
        """Is created_at_gt strict? If it is ignored, each sync asks for everything."""
        timed = _timed(self.latest, "created_at")
        instants = sorted({at for at, _ in timed})
        _need(len(instants) > 2)
        bound = instants[-2]
        readings = {
            "strict": [row for at, row in timed if at > bound],
            "inclusive, or more precise than shown": [row for at, row in timed if at >= bound],
            "ignored": [row for _, row in timed],
        }
        return self._compare(readings, {"created_at_gt": f"{bound:%Y-%m-%dT%H:%M:%S.%fZ}"})

    def base_timestamp(self) -> str:
        """Which time does base_timestamp bound?"""
        timed = _timed(self.latest, "created_at", "triggered_at")
        for at, *_ in timed:
            base = (at - _SECOND).replace(microsecond=0)  # fractions may be cut off on the way
            sure = [t for t in timed if min(abs(t[0] - base), abs(t[1] - base)) >= _SECOND]
            readings = {
                "created_at": [row for stored, _, row in sure if stored < base],
                "triggered_at": [row for _, happened, row in sure if happened < base],
                "ignored": [row for *_, row in sure],
            }
            fewest, fewer, most = map(len, readings.values())
            if 0 < fewest < fewer < most:
                return self._compare(readings, {"base_timestamp": f"{base.timestamp():.0f}"})
        raise UnknownError("no record was triggered long enough before it was stored")

    def event_filter(self) -> dict[str, str]:
        """Is a list of names a filter? If one name is used only, set one "event_types", or none."""
        names = [*dict.fromkeys(str(row.get("name")) for row in self.latest)][:2]
        _need(len(names) > 1)
        readings = {
            "honoured": [row for row in self.latest if row.get("name") in names],
            "only the last": [row for row in self.latest if row.get("name") == names[1]],
            "ignored": self.latest,
        }
        found = dict.fromkeys(("events[]", "events"), "unknown")
        for spelling in found:
            with suppress(UnknownError):
                found[spelling] = self._compare(readings, {spelling: names})
        return found

    def per_page_maximum(self) -> int:
        """How many records has a full page? Below 2,000, more requests are needed."""
        rows, page = self.ask(per_page=2000, sort="latest")
        _need(rows and page.next_query, "there are too few records")
        return len(rows)

    def next_page_uri(self) -> str:
        """How is the next page named?"""
        _need(self._page.next_query, "there is no second page")
        return "page numbers" if "page" in parse_qs(self._page.next_query) else "no page numbers"

    def created_at_resolution(self) -> str:
        """How precise is created_at, in seconds?"""
        _need(_timed(self.latest, "created_at"))
        return str(self._page.resolution.total_seconds())

    def ids(self) -> dict[str, str]:
        """Has each record its own id? If ids repeat, Append + Deduped keeps one row of each."""
        for stream in {*STREAMS} - {"events"}:
            with suppress(UnknownError):
                self.ask(stream, per_page=_FIRST_PAGE, sort="latest")
        found = {}
        for stream, rows in sorted(self.rows.items()):
            distinct = {json.dumps(row, sort_keys=True): row.get("id") for row in rows}
            ids = [str(value) for value in distinct.values() if value not in (None, "")]
            found[stream] = (
                f"{len(distinct)} records, {len(ids)} with an id, {len({*ids})} different ids"
            )
        return found

    def undeclared(self) -> list[str]:
        """What is not documented? Refresh the schema to get new columns."""
        events = self.rows["events"]
        names = {str(row.get("name")) for row in events} - {event.name for event in event_types()}
        found = {("event ", name) for name in names}
        for stream, rows in self.rows.items():
            declared = resolved(stream)["properties"]
            found |= {(f"{stream}.", key) for row in rows for key in row.keys() - declared}
        inner = resolved("events")["properties"]["payload"]["properties"]
        payloads = [row["payload"] for row in events if isinstance(row.get("payload"), dict)]
        found |= {("events.payload.", key) for one in payloads for key in one.keys() - inner}
        # Other names are not shown: a key could be a person's name or address.
        return sorted({at + (key if _NAME.fullmatch(key) else "<other>") for at, key in found})

    def _compare(self, readings: Mapping[str, Rows], asked: Mapping[str, Any]) -> str:
        """The reading that has exactly the known rows in the answer."""
        # Twice the first page, so that rows stored in between do not push its rows off the page.
        rows, page = self.ask(per_page=2 * _FIRST_PAGE, sort="latest", **asked)
        _need(not page.next_query or len(rows) >= _FIRST_PAGE, "pages are shorter than asked for")
        came = [row for row in readings["ignored"] if row in rows]
        fitting = [reading for reading, expected in readings.items() if expected == came]
        _need(len(fitting) == 1, "the records do not fit exactly one reading")
        return fitting[0]


QUESTIONS: Final = (
    *(Probe.sort, Probe.created_at_gt, Probe.base_timestamp, Probe.event_filter, Probe.ids),
    *(Probe.per_page_maximum, Probe.next_page_uri, Probe.created_at_resolution, Probe.undeclared),
)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--config", required=True, help="JSON file with the connector's settings")
    parser.add_argument("--report", type=Path, help="also write the findings to this file, as JSON")
    given = parser.parse_args(arguments)
    findings: dict[str, Any] = {}
    try:
        probe = Probe(inputs.config(given.config))
        for question in QUESTIONS:
            name = question.__name__
            try:
                findings[name] = question(probe)
            except UnknownError as error:
                findings[name] = f"unknown: {error}"
            print(f"{question.__doc__}\n    {json.dumps(findings[name])}")
    except AirbyteTracedException as error:
        print(error.message, file=sys.stderr)
    if given.report:
        given.report.write_text(json.dumps(findings, indent=2) + "\n")
    return 0 if len(findings) == len(QUESTIONS) else 1


def _need(condition: object, reason: str = "too few records") -> None:
    if not condition:
        raise UnknownError(reason)


def _timed(rows: Rows, *fields: str) -> list[Any]:
    """(time of each field, ..., row) of the rows in which all fields are times."""
    timed = [(*(moment(row.get(field)) for field in fields), row) for row in rows]
    return [one for one in timed if None not in one]


if __name__ == "__main__":
    sys.exit(main())
