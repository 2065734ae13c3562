"""The command as a user runs it: its exit code, its sentences, and a report fit for a public issue."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox import Options, Sandbox
from source_circle_events.probe import service
from source_circle_events.probe.__main__ import FINDINGS, main

SMALL: dict[str, Any] = {"events": 300, "visits": 40, "tracker": 40, "rate_limit": 0}
ELSEWHERE = "http://elsewhere.example.org:9"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "COMMAND", replace(service.COMMAND, first_wait=0.001))


def asking(tmp_path: Path, config: dict[str, Any]) -> list[str]:
    """The arguments."""
    file = tmp_path / "config.json"
    file.write_text(json.dumps(config))
    return ["--config", str(file), "--report", str(tmp_path / "report.json")]


def report(tmp_path: Path) -> dict[str, Any]:
    return json.loads((tmp_path / "report.json").read_text())


def real_process(arguments: list[str]) -> tuple[int, str, str]:
    command = [sys.executable, "-m", "source_circle_events.probe", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout, done.stderr


def texts(value: Any, key: str = "") -> set[str]:
    """All that a record says, but for the names of models."""
    if isinstance(value, dict):
        return set().union(*(texts(inner, key) for key, inner in value.items()))
    if isinstance(value, list):
        return set().union(*map(texts, value))
    return {value} if isinstance(value, str) and key != "type" else set()


def test_a_report_holds_no_token_and_no_value_of_a_record(tmp_path: Path) -> None:
    with Sandbox(Options(**SMALL, undocumented=True, token="a-secret-token")) as api:
        config = api.config()
        code, said, _ = real_process(asking(tmp_path, config))
        headers = {"Authorization": f"Bearer {api.token}"}
        pages = [
            requests.get(f"{config['base_url']}/{path}", headers=headers, timeout=9).json()
            for path in ("events", "member_visits", "analytics_tracker_events")
        ]
    shown, text = report(tmp_path), json.dumps(report(tmp_path), ensure_ascii=False)
    assert code == 0
    assert all(question in said for question in FINDINGS.values())
    assert [*shown["findings"]] == [*FINDINGS]
    assert all(shown["reasons"][key] for key in FINDINGS if shown["findings"][key] is None)
    assert "Workflow" in shown["endpoints"]["events"]["models"]
    assert "events.payload.workflow" in shown["findings"]["undocumented_fields"]
    assert "a-secret-token" not in said + text
    values = {value for page in pages for value in texts(page["events"]) if len(value) > 8}
    assert len(values) > 1_000
    assert [value for value in values if f'"{value}"' in text] == []


@pytest.mark.parametrize(
    ("fault", "config", "sentence"),
    [
        (None, {"api_token": "wrong"}, "401"),
        (None, {"api_token": ""}, "api_token"),
        (None, {"base_url": "http://127.0.0.1:9/v1"}, "cannot be reached"),
        (None, {"events_path": "no_events"}, "404"),
        ("html", {}, "no page of the Data API"),
        ("400", {}, "did not understand the request"),
        ("403", {}, "403"),
        ("503", {}, "could not answer"),
        ("redirect,to=http://127.0.0.1:9", {}, "redirects to http://127.0.0.1:9"),
        ("429", {}, "429"),
    ],
)
def test_what_keeps_it_from_asking_is_told_in_a_sentence(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    fault: str | None,
    config: dict[str, Any],
    sentence: str,
) -> None:
    with Sandbox(Options(**SMALL, fault=(fault,) if fault else ())) as api:
        code = main(asking(tmp_path, api.config() | config))
    said = capsys.readouterr()
    assert (code, said.out, (tmp_path / "report.json").exists()) == (1, "", False)
    assert sentence in said.err
    assert "sandbox-token" not in said.err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--vendor", __file__], "The file "),
        (["--config", "nowhere.json"], "The config cannot be read from nowhere.json"),
        (["--vendor", "nowhere.yaml"], "nowhere.yaml cannot be opened: No such file or directory."),
    ],
)
def test_a_file_that_cannot_be_read_is_an_exit_code_and_a_line_on_stderr(
    arguments: list[str], sentence: str
) -> None:
    code, said, error = real_process(arguments)
    assert (code, said, error.count("\n")) == (1, "", 1)
    assert error.startswith(sentence)


@pytest.mark.parametrize(
    ("options", "reason", "requests"),
    [
        ({"rate_limit": 4}, "not asked: too many requests", 5),
        ({"fault": ("400,after=4",)}, "refuses a parameter", 25),
        ({"fault": ("503,after=4",)}, "no answer", 25),
        ({"fault": (f"redirect,to={ELSEWHERE},after=4",)}, "redirects to <another host>", 25),
    ],
    ids=["429", "400", "503", "redirect"],
)
def test_what_happens_half_way_ends_questions_not_the_report(
    tmp_path: Path, options: dict[str, Any], reason: str, requests: int
) -> None:
    with Sandbox(Options(**SMALL | options)) as api:
        assert main(asking(tmp_path, api.config())) == 0
        assert api.stats()["requests"] == report(tmp_path)["requests"] <= requests
    shown = report(tmp_path)
    assert shown["findings"]["sort"] == "honoured"
    assert shown["findings"]["next_page_uri"] == "absolute"
    assert shown["findings"]["event_filter"] is None
    assert any(reason in text for text in shown["reasons"].values())
    assert ELSEWHERE not in json.dumps(shown)
    limited = "rate_limit" in options
    assert shown["findings"]["rate_limit_headers"] == (["Retry-After"] if limited else None)


def test_a_slow_service_and_a_wrong_path_take_25_requests_and_30_seconds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Sandbox(Options(**SMALL | {"events": 2_500}, latency=0.3)) as api:
        before = time.monotonic()
        assert main(asking(tmp_path, api.config() | {"member_visits_path": "no_visits"})) == 0
        assert time.monotonic() - before < 30
        assert api.stats()["requests"] == report(tmp_path)["requests"] <= 25
    assert "member_visits: Nothing is served" in capsys.readouterr().out
    assert report(tmp_path)["endpoints"]["member_visits"]["answers"] is False
