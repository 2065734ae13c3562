"""Writes to stdout: whole lines of UTF-8, under one lock, straight to the file descriptor.

Python's own stdout encodes by the locale, translates line ends, and keeps what could not be written.
Here a line that was sent is out, so the process can end at any moment.
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
    """Takes the place of `sys.stdout`; usable by many threads."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._incomplete = ""
        self.failed: Callable[[OSError], object] = _raise
        """Called when stdout takes no more."""

    def open(self) -> None:
        """Fails if stdout is closed: the next file or connection would get its number."""
        try:
            os.fstat(_DESCRIPTOR)
        except OSError as error:
            self.failed(error)

    def write(self, text: str) -> int:
        """Holds text back until its line ends: `print` writes a line and its end separately."""
        with self._lock:
            self._incomplete += text
            if text.endswith("\n"):
                whole, self._incomplete = self._incomplete, ""
                self.send(whole.encode("utf-8", "backslashreplace"))
        return len(text)

    def send(self, lines: bytes) -> None:
        """Writes all of `lines`, with nothing between."""
        left = memoryview(lines)
        with self._lock:
            while left:
                try:
                    left = left[os.write(_DESCRIPTOR, left) :]
                except BlockingIOError:  # a parent made the pipe non-blocking
                    select.select([], [_DESCRIPTOR], [])
                except OSError as error:
                    self.failed(error)
                    return


STDOUT = Stdout()
