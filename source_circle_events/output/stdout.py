"""Writes lines to standard output: whole ones, in UTF-8, whatever the locale and the number of threads.

Nothing is kept in a buffer, so nothing is left that the interpreter could fail to write when it ends
(exit 120), and a STATE is out as soon as it is printed.
"""

from __future__ import annotations

import io
import os
import select
import threading

STDOUT = 1


class OutputError(Exception):
    """Nothing can be written any more. `gone`: because nobody reads."""

    def __init__(self, error: OSError) -> None:
        super().__init__(error.strerror or str(error))
        self.gone = isinstance(error, ConnectionError)


class Stdout(io.TextIOBase):
    """Stands in for `sys.stdout`; thread-safe."""

    def __init__(self, descriptor: int = STDOUT) -> None:
        self._descriptor = descriptor
        self._lock = threading.Lock()
        self._begun = threading.local()
        """What a thread wrote of a line that has not ended: `print` writes the end apart."""

    def write(self, text: str) -> int:
        """`text` up to its last line break leaves at once, what follows with the end of its line."""
        begun: str = getattr(self._begun, "text", "")
        lines, end, self._begun.text = (begun + text).rpartition("\n")
        if end:
            self.write_lines((lines + end).encode("utf-8", "backslashreplace"))
        return len(text)

    def write_lines(self, lines: bytes) -> None:
        """All of it, and nothing of another thread between; OutputError if that cannot be."""
        rest = memoryview(lines)
        with self._lock:
            while rest:
                try:
                    rest = rest[os.write(self._descriptor, rest) :]
                except BlockingIOError:  # a pipe that whoever made it has set so
                    select.select([], [self._descriptor], [])
                except OSError as error:
                    raise OutputError(error) from None
