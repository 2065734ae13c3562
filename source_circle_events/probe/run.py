"""One round of all questions, the most useful first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_circle_events.errors import transient_error
from source_circle_events.http.responses import origin
from source_circle_events.probe import questions as ask
from source_circle_events.probe.asking import OutOfRequestsError, RefusedError, Service
from source_circle_events.probe.report import Report
from source_circle_events.probe.shapes import Shape, unknown_names
from source_circle_events.schemas.catalogue import event_types


def probe(api_token: str, base_url: str, paths: Mapping[str, str]) -> Report:
    """All that can be told of the service; an AirbyteTracedException if `events` cannot be read."""
    service = Service(api_token)
    report = Report(origin(base_url), paths)
    url = f"{base_url}/{paths['events']}"
    try:
        latest = service.page(url, per_page=30, sort="latest")
    except OutOfRequestsError:
        raise transient_error(
            "Circle limits the requests of this account (429). Wait a minute, or stop other clients "
            "that use the same account, and ask again."
        ) from None
    known = [latest]

    def find(keys: str, question: Callable[[], Any]) -> None:
        try:
            answers = question()
        except RefusedError:
            answers = (None, "the service refuses a parameter of the question (400)")
        except AirbyteTracedException as error:
            answers = (None, f"no answer: {(error.message or '').split('. ')[0]}")
        if " " not in keys:
            report.findings[keys] = answers
            return
        several = answers if isinstance(answers[0], tuple) else [answers] * 2
        report.findings.update(zip(keys.split(), several, strict=True))

    def rows() -> list[Any]:
        return [row for answer in known for row in answer.rows]

    def oldest() -> ask.Finding:
        known.append(service.page(url, per_page=30, sort="oldest"))
        return ask.sort(known[0], known[1])

    def link() -> ask.Finding:
        found = latest.link
        if found is None and len(latest.rows) > 1:
            found = service.page(url, per_page=1, sort="latest").link
        report.findings["pages"] = ask.pages(found)
        return ask.next_page_uri(found)

    def maximum() -> ask.Finding:
        finding, answer = ask.per_page_maximum(service, url, latest)
        known.append(answer)
        return finding

    def bounded() -> ask.Finding:
        pairs = list(zip(("latest", "oldest"), known[:2], strict=False))
        return ask.base_timestamp(service, url, pairs)

    try:
        find("sort", oldest)
        find("next_page_uri", link)
        find("created_at_gt", lambda: ask.created_at_gt(service, url, latest.rows))
        find("base_timestamp", bounded)
        find(
            "event_filter several_event_types",
            lambda: ask.event_filter(service, url, latest.rows),
        )
        find("per_page_maximum", maximum)
        for stream in [name for name in paths if name != "events"]:
            try:
                more = service.page(f"{base_url}/{paths[stream]}", per_page=30, sort="latest")
                report.shapes[stream] = Shape(stream, [row.fields for row in more.rows])
            except (AirbyteTracedException, RefusedError) as error:
                sentence = getattr(error, "message", None) or "it refuses the parameters (400)."
                report.failures[stream] = sentence
    except OutOfRequestsError:
        pass  # the rest stays unknown
    report.shapes["events"] = Shape("events", [row.fields for row in rows()])
    report.findings |= {
        "created_at_resolution": ask.resolution(rows()),
        "created_at_offset": ask.offset(rows()),
        "rate_limit_headers": ask.rate_limit_headers(service),
        "clock_skew_seconds": ask.clock_skew(service),
        "undocumented_event_names": _unless_empty(rows(), lambda: _names(rows())),
        "undocumented_fields": _unless_empty(rows(), lambda: _fields(report)),
    }
    report.headers, report.requests = service.headers, service.requests
    return report


def _names(rows: list[Any]) -> list[str]:
    return unknown_names((row.name for row in rows), (event.name for event in event_types()))


def _fields(report: Report) -> list[str]:
    return [f"{s}.{path}" for s, shape in report.shapes.items() for path in shape.undocumented]


def _unless_empty(rows: list[Any], answer: Callable[[], list[str]]) -> ask.Finding:
    return (answer(), "") if rows else (None, ask.FEW)
