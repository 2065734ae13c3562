"""One round of all questions, the most useful first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_circle_events.errors import transient_error
from source_circle_events.http.responses import origin
from source_circle_events.probe import observations
from source_circle_events.probe import questions as ask
from source_circle_events.probe.asking import (
    Answer,
    OutOfRequestsError,
    RefusedError,
    Row,
    Service,
    ShortPageError,
)
from source_circle_events.probe.observations import FEW, Finding
from source_circle_events.probe.report import Report
from source_circle_events.probe.shapes import Shape, unknown_names
from source_circle_events.schemas.catalogue import event_types

if TYPE_CHECKING:
    from source_circle_events.config import Config


def probe(config: Config, paths: Mapping[str, str]) -> Report:
    """All that can be told of the service; an AirbyteTracedException if `events` cannot be read."""
    service = Service(config)
    urls = {stream: f"{config.base_url}/{path}" for stream, path in paths.items()}
    try:
        latest = service.answer("events", urls["events"], per_page=ask.BASELINE, sort="latest")
    except OutOfRequestsError:
        raise transient_error(
            "Circle limits the requests of this account (429). Wait a minute, or stop other clients "
            "that use the same account, and ask again."
        ) from None
    report = Report(origin(config.base_url), paths)
    _Round(service, urls, latest, report).ask()
    report.headers, report.requests = service.headers, service.requests
    return report


class _Round:
    def __init__(
        self, service: Service, urls: Mapping[str, str], latest: Answer, report: Report
    ) -> None:
        self._service, self._urls, self._report = service, urls, report
        self._url = urls["events"]
        self._latest = latest
        self._known = {"latest": latest}

    def ask(self) -> None:
        service, url, rows = self._service, self._url, self._latest.rows
        try:
            self._find(self._order, "sort")
            self._find(self._link, "next_page_uri", "pages")
            self._find(lambda: [ask.created_at_gt(service, url, rows)], "created_at_gt")
            self._find(lambda: [ask.base_timestamp(service, url, self._known)], "base_timestamp")
            names = ("event_filter", "several_event_types")
            self._find(lambda: ask.event_filter(service, url, rows), *names)
            self._find(self._maximum, "per_page_maximum")
            self._look_at_the_others()
        except OutOfRequestsError:
            pass  # what is not known yet stays unknown
        self._sum_up([row for answer in self._known.values() for row in answer.rows])

    def _find(self, question: Callable[[], list[Finding]], *keys: str) -> None:
        """One question whose failure leaves the others be."""
        try:
            findings = question()
        except RefusedError:
            findings = [(None, "the service refuses a parameter of the question (400)")] * len(keys)
        except ShortPageError:
            findings = [(None, "pages are shorter than asked for, and go on")] * len(keys)
        except AirbyteTracedException as error:
            reason = (error.message or "").partition(". ")[0]
            findings = [(None, f"no answer: {reason}")] * len(keys)
        self._report.findings.update(zip(keys, findings, strict=True))

    def _order(self) -> list[Finding]:
        oldest = self._service.answer("events", self._url, per_page=ask.BASELINE, sort="oldest")
        self._known["oldest"] = oldest
        return [ask.sort(self._latest, oldest)]

    def _link(self) -> list[Finding]:
        link = self._latest.link
        if link is None and len(self._latest.rows) > 1:
            link = self._service.answer("events", self._url, per_page=1, sort="latest").link
        return [observations.next_page_uri(link), observations.pages(link)]

    def _maximum(self) -> list[Finding]:
        finding, answer = ask.per_page_maximum(self._service, self._url, self._latest)
        self._known["full"] = answer
        return [finding]

    def _look_at_the_others(self) -> None:
        for stream, url in self._urls.items():
            if stream == "events":
                continue
            try:
                rows = self._service.answer(stream, url, per_page=ask.BASELINE, sort="latest").rows
                self._report.shapes[stream] = Shape(stream, [row.fields for row in rows])
            except AirbyteTracedException as error:
                self._report.failures[stream] = error.message or ""
            except RefusedError:
                self._report.failures[stream] = "The service refuses per_page or sort (400)."

    def _sum_up(self, rows: list[Row]) -> None:
        shapes = self._report.shapes
        shapes["events"] = Shape("events", [row.fields for row in rows])
        names = unknown_names((row.name for row in rows), (event.name for event in event_types()))
        fields = [f"{stream}.{path}" for stream in shapes for path in shapes[stream].undocumented]
        self._report.findings |= {
            "created_at_resolution": observations.resolution(rows),
            "created_at_offset": observations.offset(rows),
            "rate_limit_headers": observations.rate_limit_headers(self._service),
            "clock_skew_seconds": observations.clock_skew(self._service),
            "undocumented_event_names": (names, "") if rows else (None, FEW),
            "undocumented_fields": (fields, "") if rows else (None, FEW),
        }
