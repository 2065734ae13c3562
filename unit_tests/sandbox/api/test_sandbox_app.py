"""The contract of one answer: who is let in, what an answer says beside its records."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

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
