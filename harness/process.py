"""Runs and measures a command, with a slow reader or a kill at a given line if wanted."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import pairwise
from pathlib import Path

_PIECE = 65_536
"""Bytes read at once: what a pipe holds unless it is asked to be another."""


@dataclass(frozen=True)
class Reader:
    """How stdout is read; by default without a limit."""

    rate: float | None = None
    """Bytes a second, at any time."""
    pipe: int | None = None
    """Size of the pipe in bytes (Linux only)."""
    gone_after: int | None = None
    """Bytes after which the pipe is closed on this side."""

    def pieces(self, pipe: int) -> Iterator[bytes]:
        """What comes, piece by piece."""
        if self.pipe and hasattr(fcntl, "F_SETPIPE_SZ"):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, self.pipe)
        total = 0
        while self.gone_after is None or total < self.gone_after:
            piece = os.read(pipe, _PIECE)
            if not piece:
                return
            yield piece
            total += len(piece)
            if self.rate:
                time.sleep(len(piece) / self.rate)


FAST = Reader()


@dataclass(frozen=True)
class Kill:
    line: int
    """Number of output lines to wait for. Unlike a time, it does not depend on other load."""
    after: float
    """Seconds after that line."""
    signal: signal.Signals


@dataclass(frozen=True)
class Run:
    """How a command ended, and what it cost."""

    code: int
    """Its exit code; the negative number of the signal that ended it."""
    stdout: bytes
    """Empty if it went into a file."""
    stderr: str
    seconds: float
    cpu: float
    """Seconds, user and system, of the process and all it waited for."""
    peak: int
    """Largest resident memory in bytes. Linux includes the memory of the parent when it forked, so this
    is right only if the parent is small."""
    hung: bool
    """It was ended because it took too long."""
    killed: bool
    """The kill that was asked for met it alive."""
    arrivals: Sequence[tuple[int, float]] = field(repr=False, default=())
    """Lines that had come, and seconds before the end: one pair for each piece that was read."""

    @cached_property
    def lines(self) -> list[bytes]:
        """Not by `splitlines`, which also splits at separators that records may contain."""
        return self.stdout.removesuffix(b"\n").split(b"\n") if self.stdout else []

    @property
    def silence(self) -> float:
        """Longest time between two pieces of output, in seconds."""
        moments = [self.seconds, *(before for _, before in self.arrivals), 0.0]
        return max(before - after for before, after in pairwise(moments))

    def left_after(self, line: int) -> float:
        """Seconds from when line number `line` (from 0) was read to when the process was gone."""
        return next((before for lines, before in self.arrivals if lines > line), 0.0)


def on_loopback(**more: str) -> dict[str, str]:
    """The variables of this process, without a proxy."""
    return {**os.environ, "NO_PROXY": "*", "no_proxy": "*", **more}


def run(
    command: Sequence[str | Path],
    folder: Path,
    variables: Mapping[str, str],
    *,
    reader: Reader = FAST,
    kill: Kill | None = None,
    limit: float = 120.0,
    into: Path | None = None,
) -> Run:
    """Run `command` in `folder` until it ends by itself, by `kill` or after `limit` seconds.

    `into`: the file that takes stdout, which is then neither read nor kept here.
    """
    pieces: list[bytes] = []
    arrivals: list[tuple[int, float]] = []
    lines, expired, timers = 0, threading.Event(), []
    with ExitStack() as stack:
        errors = stack.enter_context((folder / "stderr").open("w+", errors="replace"))
        out = stack.enter_context(into.open("wb")) if into else subprocess.PIPE
        started = time.monotonic()
        process = subprocess.Popen(
            [*map(str, command)], cwd=folder, env={**variables}, stdout=out, stderr=errors
        )

        def strike(number: signal.Signals) -> None:
            if process.returncode is None:  # not `send_signal`, which would reap it unmeasured
                with suppress(ProcessLookupError):
                    os.kill(process.pid, number)

        def later(seconds: float, *what: Callable[[], object]) -> None:
            timer = threading.Timer(seconds, lambda: [each() for each in what])
            timers.append(timer)
            stack.callback(timer.cancel)
            timer.start()

        stack.callback(process.wait)
        stack.callback(strike, signal.SIGKILL)  # if this side fails
        later(limit, expired.set, partial(strike, signal.SIGKILL))
        if process.stdout:
            stack.callback(process.stdout.close)
            for piece in reader.pieces(process.stdout.fileno()):
                lines += piece.count(b"\n")
                pieces.append(piece)
                arrivals.append((lines, time.monotonic()))
                if kill and lines >= kill.line and len(timers) == 1:
                    later(kill.after, partial(strike, kill.signal))
            process.stdout.close()
        _, status, usage = os.wait4(process.pid, 0)
        ended = time.monotonic()
        process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        return Run(
            process.returncode,
            b"".join(pieces),
            errors.read(),
            ended - started,
            usage.ru_utime + usage.ru_stime,
            usage.ru_maxrss * 1024,
            expired.is_set(),
            kill is not None and process.returncode in (-kill.signal, 128 + kill.signal),
            [(lines, ended - at) for lines, at in arrivals],
        )
