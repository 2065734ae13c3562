"""A process and all it starts, ended together.

The sync starts the connector in a group of its own, and a Ctrl-C that strikes all of them at once
leaves it to chance who ends whom. So the terminal's Ctrl-C reaches this process alone, and it ends
the others.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence

_LIFELINE = "CIRCLE_DEMO_LIFELINE"
_SHOW_CURSOR = "\x1b[?25h"


def run(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run `command` to its end, or to ours; nothing it started outlives this call.

    Ends with 130 after Ctrl-C (SIGINT), SIGTERM or SIGHUP, as a shell would say it.
    """
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stopped.set())
    theirs, ours = os.pipe()  # the end to wait at, the end to keep open
    process = subprocess.Popen(
        command,
        env={**environment, _LIFELINE: str(theirs)},
        pass_fds=[theirs],
        start_new_session=True,
    )
    os.close(theirs)
    try:
        while process.poll() is None and not stopped.wait(0.1):
            pass
    finally:
        _end(process)
        os.close(ours)
    if not stopped.is_set():
        return process.returncode
    print((_SHOW_CURSOR if sys.stdout.isatty() else "") + "\nStopped; nothing is left running.")
    return 130


def hold_lifeline() -> None:
    """In the process that `run` started: end with it, even if it is killed."""
    theirs = int(os.environ.pop(_LIFELINE))

    def watch() -> None:
        os.read(theirs, 1)  # returns when the other end is closed
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()


def _end(process: subprocess.Popen[bytes]) -> None:
    """DuckDB's file outlives a kill, and the rest is thrown away: nobody needs to be asked."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for _ in range(20):  # those it started are not ours to wait for, but end as soon
            os.killpg(process.pid, 0)
            time.sleep(0.05)
    process.wait()
