"""The probe against every reading of the API that the sandbox knows."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sandbox import Options, Sandbox
from source_circle_events.http.retries_and_timeouts import COMMAND
from tools import probe
from tools.probe import Probe

COMMUNITY: dict[str, Any] = {
    "events": 2_200,
    "visits": 40,
    "tracker": 40,
    "days": 60.0,
    "until": "2026-01-01T00:00:00Z",
    "rate_limit": 0,
}
BOTH = ("events[]", "events")


@pytest.fixture(autouse=True)
def without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "COMMAND", replace(COMMAND, first_wait=0.001))


def run(folder: Path, config: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """The exit code and the report."""
    (folder / "config.json").write_text(json.dumps(config))
    report = folder / "report.json"
    code = probe.main(["--config", str(folder / "config.json"), "--report", str(report)])
    return code, json.loads(report.read_text())


@pytest.mark.parametrize(
    ("options", "question", "finding"),
    [
        ({}, "sort", "honoured"),
        ({"sort": "latest"}, "sort", "ignored"),
        ({"sort": "oldest"}, "sort", "ignored"),
        ({}, "created_at_gt", "strict"),
        ({"created_at_gt": "inclusive"}, "created_at_gt", "inclusive, or more precise than shown"),
        ({"created_at_gt": "ignored"}, "created_at_gt", "ignored"),
        ({}, "base_timestamp", "created_at"),
        ({"base_timestamp_field": "triggered_at"}, "base_timestamp", "triggered_at"),
        ({"base_timestamp": "ignored"}, "base_timestamp", "ignored"),
        ({}, "event_filter", dict.fromkeys(BOTH, "honoured")),
        ({"name_param": "plain"}, "event_filter", {"events[]": "ignored", "events": "honoured"}),
        ({"name_filter": "last"}, "event_filter", dict.fromkeys(BOTH, "only the last")),
        ({}, "next_page_uri", "page numbers"),
        ({"link_paging": "cursor"}, "next_page_uri", "no page numbers"),
        ({"resolution": "milliseconds"}, "created_at_resolution", "0.001"),
        ({"per_page_maximum": 60}, "per_page_maximum", 60),
    ],
)
def test_each_reading_is_named(
    tmp_path: Path, options: dict[str, Any], question: str, finding: object
) -> None:
    with Sandbox(Options(**COMMUNITY | options)) as api:
        code, report = run(tmp_path, api.config())
    assert code == 0
    assert report[question] == finding


def test_too_few_records_are_unknown(tmp_path: Path) -> None:
    with Sandbox(Options(**COMMUNITY | {"events": 1})) as api:
        _, report = run(tmp_path, api.config())
    for question in ("sort", "created_at_gt", "base_timestamp", "event_filter", "next_page_uri"):
        assert report[question].startswith("unknown")


def test_the_report_has_undeclared_fields_and_no_token(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Sandbox(Options(**COMMUNITY, undocumented=True, token="a-secret-token")) as api:
        _, report = run(tmp_path, api.config())
    said = capsys.readouterr().out + json.dumps(report)
    assert "events.payload.workflow" in report["undeclared"]
    assert "a-secret-token" not in said
    assert "@" not in said


def test_what_may_be_personal_is_not_shown() -> None:
    rows = [{"name": "jane@example.com", "payload": {"Jane Doe": 1}, "+49 170 1234": 2}]
    asked: Any = SimpleNamespace(rows={"events": rows})
    assert Probe.undeclared(asked) == ["event <other>", "events.<other>", "events.payload.<other>"]


def test_a_record_that_came_twice_has_its_own_id() -> None:
    rows = [{"id": 1}, {"id": 1}, {"id": 2}, {"id": 2, "name": "other"}, {"id": None}, {}]
    asked: Any = SimpleNamespace(rows={"events": rows}, ask=lambda *_, **__: None)
    assert Probe.ids(asked) == {"events": "5 records, 3 with an id, 2 different ids"}


def test_a_service_that_cannot_be_read_is_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Sandbox(Options(**COMMUNITY)) as api:
        assert run(tmp_path, api.config() | {"api_token": "wrong"}) == (1, {})
    assert "401" in capsys.readouterr().err


def test_a_service_that_stops_answering_ends_the_questions(tmp_path: Path) -> None:
    with Sandbox(Options(**COMMUNITY, fault=("503,after=4",))) as api:
        code, report = run(tmp_path, api.config())
    assert code == 1
    assert report["sort"] == "honoured"
    assert "per_page_maximum" not in report
