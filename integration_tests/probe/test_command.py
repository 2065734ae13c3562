"""The command as a user runs it: its exit code, its sentences, and a report fit for a public issue."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox import Options, Sandbox
from source_circle_events.probe.__main__ import main
from source_circle_events.probe.report import FINDINGS

SMALL: dict[str, Any] = {"events": 300, "visits": 40, "tracker": 40, "rate_limit": 0}


def run(tmp_path: Path, config: dict[str, Any]) -> tuple[int, Path]:
    file, report = tmp_path / "config.json", tmp_path / "report.json"
    file.write_text(json.dumps(config))
    return main(["--config", str(file), "--report", str(report)]), report


def test_a_report_holds_no_token_and_no_value_of_a_record(tmp_path: Path) -> None:
    with Sandbox(Options(**SMALL, undocumented=("all",), token="a-secret-token")) as api:
        config = api.config()
        code, report = run(tmp_path, config)
        headers = {"Authorization": f"Bearer {api.token}"}
        pages = [
            requests.get(f"{config['base_url']}/{path}", headers=headers, timeout=9).json()[
                "events"
            ]
            for path in ("events", "member_visits", "analytics_tracker_events")
        ]
    text = report.read_text()
    shown = json.loads(text)
    assert code == 0
    assert list(shown["findings"]) == list(FINDINGS)
    assert all(shown["reasons"][key] for key in FINDINGS if shown["findings"][key] is None)
    assert "Workflow" in shown["endpoints"]["events"]["models"]
    assert "events.payload.workflow" in shown["findings"]["undocumented_fields"]
    assert "a-secret-token" not in text
    texts = {value for page in pages for row in page for value in _texts(row) if len(value) > 8}
    assert len(texts) > 1_000
    assert [value for value in texts if f'"{value}"' in text] == []


def _texts(value: Any, key: str = "") -> list[str]:
    if isinstance(value, dict):
        return [text for key, inner in value.items() for text in _texts(inner, key)]
    if isinstance(value, list):
        return [text for inner in value for text in _texts(inner)]
    return [value] if isinstance(value, str) and key != "type" else []


@pytest.mark.parametrize(
    ("change", "config", "sentence"),
    [
        ({}, {"api_token": "wrong"}, "401"),
        ({}, {"base_url": "http://127.0.0.1:9/v1"}, "cannot be reached"),
        ({"fault": ["html"]}, {}, "no page of the Data API"),
        ({"fault": ["403"]}, {}, "403"),
        ({"fault": ["503"]}, {}, "could not answer"),
        ({"fault": ["redirect,to=http://127.0.0.1:9"]}, {}, "redirects to http://127.0.0.1:9"),
        ({"fault": ["429"]}, {}, "429"),
        ({}, {"api_token": ""}, "api_token"),
    ],
)
def test_what_keeps_it_from_asking_is_told_in_a_sentence(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    change: dict[str, Any],
    config: dict[str, Any],
    sentence: str,
) -> None:
    with Sandbox(Options(**SMALL)) as api:
        api.change(**change)
        code, report = run(tmp_path, api.config() | config)
    said = capsys.readouterr()
    assert (code, said.out, report.exists()) == (1, "", False)
    assert sentence in said.err
    assert "Traceback" not in said.err
    assert "sandbox-token" not in said.err


def test_a_wrong_path_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Sandbox(Options(**SMALL)) as api:
        code, _ = run(tmp_path, api.config() | {"events_path": "no_events"})
        assert (code, "404" in capsys.readouterr().err) == (1, True)
        code, report = run(tmp_path, api.config() | {"member_visits_path": "no_visits"})
    assert code == 0
    assert "member_visits: Nothing is served" in capsys.readouterr().out
    assert json.loads(report.read_text())["endpoints"]["member_visits"]["answers"] is False


def test_a_429_half_way_ends_the_questions_not_the_report(tmp_path: Path) -> None:
    with Sandbox(Options(**SMALL | {"rate_limit": 4})) as api:
        code, report = run(tmp_path, api.config())
    findings = json.loads(report.read_text())["findings"]
    assert code == 0
    assert findings["sort"] == "honoured"
    assert findings["event_filter"] is None
    assert findings["rate_limit_headers"] == ["Retry-After"]


def test_a_slow_service_is_asked_within_25_requests_and_30_seconds(tmp_path: Path) -> None:
    with Sandbox(Options(**SMALL | {"events": 2_500}, latency=0.3)) as api:
        before = time.monotonic()
        code, report = run(tmp_path, api.config())
        asked = api.stats()["requests"]
    assert code == 0
    assert asked == json.loads(report.read_text())["requests"] <= 25
    assert time.monotonic() - before < 30
