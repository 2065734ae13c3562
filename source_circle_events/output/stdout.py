"""Writes to stdout: whole lines, UTF-8, by one lock, straight to the descriptor.

Python's own stdout encodes by the locale, translates line ends, keeps what could not be written and
tries again while the interpreter ends (a traceback, exit 120). Nothing is kept here: a line that was
sent is out, so the process can end at any moment without a last flush.
"""

from __future__ import annotations

import io
import os
import select
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import NoReturn

_DESCRIPTOR = 1


class Stdout(io.TextIOBase):
    """Takes the place of `sys.stdout`; usable by many threads."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._begun = ""

    def write(self, text: str) -> int:
        """Text is held back until its line ends: `print` writes a line and its end in two pieces."""
        with self._lock:
            self._begun += text
            if text.endswith("\n"):
                whole, self._begun = self._begun, ""
                self.send(whole.encode("utf-8", "backslashreplace"))
        return len(text)

    def send(self, lines: bytes) -> None:
        """All of `lines`, nothing in between. Ends the process if stdout takes no more."""
        left = memoryview(lines)
        with self._lock:
            while left:
                try:
                    left = left[os.write(_DESCRIPTOR, left) :]
                except BlockingIOError:  # a parent made the pipe non-blocking
                    select.select([], [_DESCRIPTOR], [])
                except OSError as error:
                    _end_for(error)


STDOUT = Stdout()


def take_over() -> None:
    """Make `STDOUT` the stdout of this process, and let Ctrl-C and SIGTERM end it at once, quietly."""
    try:
        os.fstat(_DESCRIPTOR)
    except OSError as error:  # closed: the next file or socket would become it
        _end_for(error)
    sys.stdout = STDOUT
    handlers: dict[int, Callable[[int, FrameType | None], object]] = {
        signal.SIGINT: lambda *_: os._exit(128 + signal.SIGINT),
        signal.SIGTERM: _terminate,
    }
    for number, handler in handlers.items():
        if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
            signal.signal(number, handler)


def leave(code: int) -> NoReturn:
    """End the process now: threads may still wait for the service, and what counts is written."""
    if sys.stderr is not None:
        with suppress(OSError):
            sys.stderr.flush()
    os._exit(code)


def complain(text: str) -> None:
    """On stderr, if there is one: a closed one's number may be that of a connection by now."""
    if sys.stderr is not None:
        with suppress(OSError):
            os.write(2, text.encode())


def _end_for(error: OSError) -> NoReturn:
    """141 without a word if nobody reads any more, as other tools; otherwise a sentence and 1."""
    if isinstance(error, ConnectionError):
        os._exit(128 + 13)
    reason = (error.strerror or "it is closed").lower()
    complain(f"The output cannot be written: {reason}.\n")
    os._exit(1)


def _terminate(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
    """By the signal, as without a handler; by an exit code where the kernel shields the process
    from it, as it does the first one of a container."""
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    os._exit(128 + number)
