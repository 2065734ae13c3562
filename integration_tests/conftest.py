"""Signals as in a shell, whoever started the tests: background jobs and `nohup` ignore some of them."""

from __future__ import annotations

import signal

import pytest


@pytest.fixture(autouse=True, scope="session")
def default_signals() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
