"""Whatever ends the demo, nothing that it started goes on.

The family here is of three generations, as in the demo: this test, the process that `run` starts,
and one that it starts itself and that does not mind being asked to end.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from around import living

from harness.streams import ROOT

pytestmark = pytest.mark.skipif(not Path("/proc").exists(), reason="looks at /proc")

_STUBBORN = """
import signal, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
time.sleep(60)
"""
_WORKER = f"""
import subprocess, sys, time
from demo.group import hold_lifeline
hold_lifeline()
child = subprocess.Popen([sys.executable, "-c", {_STUBBORN!r}])
print("ready", flush=True)
if "quick" in sys.argv:
    sys.exit(7)
time.sleep(60)
"""
_DEMO = f"""
import os, sys
from demo import group
sys.exit(group.run([sys.executable, "-c", {_WORKER!r}, *sys.argv[1:]], os.environ))
"""


@contextmanager
def _family(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], Mapping[str, str]]]:
    mark = {"CIRCLE_TEST": uuid.uuid4().hex}
    with subprocess.Popen(
        [sys.executable, "-c", _DEMO, *arguments],
        cwd=ROOT,
        env=os.environ | mark,
        stdout=subprocess.PIPE,
        text=True,
    ) as demo:
        try:
            yield demo, mark
        finally:
            demo.kill()


def _soon(mark: Mapping[str, str], count: int) -> bool:
    """Whether so many of the family live, if not at once."""
    deadline = time.monotonic() + 15
    while len(living(mark)) != count and time.monotonic() < deadline:
        time.sleep(0.05)
    return len(living(mark)) == count


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_all(number: signal.Signals) -> None:
    with _family() as (demo, mark):
        assert demo.stdout is not None
        assert demo.stdout.readline() == "ready\n"
        assert _soon(mark, 3)
        demo.send_signal(number)
        assert demo.wait(timeout=15) == 130
        assert _soon(mark, 0)
        assert "Stopped; nothing is left running." in demo.stdout.read()


def test_a_kill_ends_all() -> None:
    with _family() as (demo, mark):
        assert demo.stdout is not None
        assert demo.stdout.readline() == "ready\n"
        demo.kill()
        assert _soon(mark, 0)


def test_its_own_end_is_the_end_of_what_it_started() -> None:
    with _family("quick") as (demo, mark):
        assert demo.wait(timeout=15) == 7
        assert _soon(mark, 0)
