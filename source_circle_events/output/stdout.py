"""Writes whole lines of UTF-8 directly to the file descriptor of stdout, under one lock.

Python's own stdout uses the locale's encoding, translates line ends and has a buffer. Here nothing is
buffered once a line is complete, so the process can end at any moment.
"""

from __future__ import annotations

import io
import os
import select
import threading
from collections.abc import Callable

_DESCRIPTOR = 1


def _raise(error: OSError) -> None:
    raise error


class Stdout(io.TextIOBase):
    """A replacement for `sys.stdout`. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._incomplete = ""
        self.failed: Callable[[OSError], object] = _raise
        """Called with the error if stdout cannot be written; `run.py` exits then."""

    def check_open(self) -> None:
        """Calls `failed` if stdout is closed. Otherwise a file opened later could receive the output."""
        try:
            os.fstat(_DESCRIPTOR)
        except OSError as error:
            self.failed(error)

    def write(self, text: str) -> int:
        """Writes text once its line is complete: `print` writes a line and its line end separately."""
        with self._lock:
            self._incomplete += text
            if text.endswith("\n"):
                whole, self._incomplete = self._incomplete, ""
                self.send(whole.encode("utf-8", "backslashreplace"))
        return len(text)

    def send(self, lines: bytes) -> None:
        """Writes all of `lines`; no other thread can write in between."""
        left = memoryview(lines)
        with self._lock:
            while left:
                try:
                    left = left[os.write(_DESCRIPTOR, left) :]
                except BlockingIOError:  # the parent process made the pipe non-blocking
                    select.select([], [_DESCRIPTOR], [])
                except OSError as error:
                    self.failed(error)
                    return


STDOUT = Stdout()
