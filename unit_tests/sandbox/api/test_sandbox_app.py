"""The contract of one answer: who is let in, what an answer says beside its records."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import requests
from asking import Asker


@pytest.mark.parametrize("header", [None, "Bearer wrong", "sandbox-token", "Basic sandbox-token"])
def test_a_wrong_token_is_refused(ask: Asker, header: str | None) -> None:
    headers = {"Authorization": header} if header else {}
    answer = requests.get(f"{ask.api.base_url}/events", headers=headers, timeout=5)
    assert answer.status_code == 401
    assert answer.json()["message"]


def test_another_path_is_not_found(ask: Asker) -> None:
    answer = ask.get("nothing_here")
    assert answer.status_code == 404
    assert answer.json()["message"]


def test_a_stream_is_served_at_another_path_and_only_there(ask: Asker) -> None:
    before = ask.page("member_visits")
    ask.api.change(path=["member_visits=/visits/all"])
    assert ask.page("visits/all") == before
    assert ask.get("member_visits").status_code == 404
    assert ask.get("events").status_code == 200
    assert ask.api.config()["member_visits_path"] == "visits/all"
    assert "events_path" not in ask.api.config()


def test_the_date_is_there(ask: Asker) -> None:
    ask.api.change(clock_offset=-3600.0)
    said = datetime.strptime(ask.get().headers["Date"], "%a, %d %b %Y %H:%M:%S %Z")
    behind = datetime.now(UTC) - said.replace(tzinfo=UTC)
    assert timedelta(seconds=3590) < behind < timedelta(seconds=3610)


def test_latency_is_for_each_answer_and_not_a_queue(ask: Asker) -> None:
    ask.api.change(latency=0.2)
    began = time.monotonic()
    with ThreadPoolExecutor(5) as pool:
        assert {answer.status_code for answer in pool.map(lambda _: ask.get(), range(5))} == {200}
    assert 0.2 <= time.monotonic() - began < 0.8


def test_answers_are_compressed_if_wanted(ask: Asker) -> None:
    plain = ask.get(base_timestamp="2000000000")
    ask.api.change(gzip=True)
    packed = ask.get(base_timestamp="2000000000")
    assert packed.headers["Content-Encoding"] in ("gzip", "deflate")
    assert packed.json() == plain.json()
    assert "Content-Encoding" not in plain.headers
