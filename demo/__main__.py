"""`python -m demo`: Circle's events in a DuckDB file.

Against the sandbox, or, with CIRCLE_API_TOKEN in the environment, against your community.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from demo import RefusedError

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
stopped: list[int] = []  # the signal that came


def main() -> int:
    arguments = _parser().parse_args()
    own_community = bool(os.environ.get("CIRCLE_API_TOKEN"))
    file: Path = arguments.file or Path(
        "out", "my-circle.duckdb" if own_community else "circle.duckdb"
    )
    for number in SIGNALS:
        signal.signal(number, _stop)
    try:
        with _alone(file), tempfile.TemporaryDirectory(prefix="circle-demo-") as private:
            from demo.story import tell  # takes a while to import; Ctrl-C is heard already

            tell(file, arguments.events, Path(private))
    except BaseException as error:  # noqa: BLE001  (whatever it is, the user gets a sentence)
        if stopped:  # DuckDB turns the signal that strikes it into an error of its own
            print("\nStopped; nothing is left running.")
            return 130
        if isinstance(error, RefusedError):
            print(f"✗ {error}")
        else:
            traceback.print_exc()
            log = file.with_suffix(".log")
            print(f"✗ The demo failed: {type(error).__name__}: {error}\nThe log is {log}.")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument(
        "--file",
        type=Path,
        help="the DuckDB file (default: out/circle.duckdb, which starts empty each time; with "
        "CIRCLE_API_TOKEN: out/my-circle.duckdb, which is kept and continued)",
    )
    parser.add_argument(
        "--events", type=int, default=30_000, help="events in the sandbox (default: 30000)"
    )
    return parser


def _stop(number: int, _: object) -> None:
    for each in SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    stopped.append(number)
    raise KeyboardInterrupt


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    """Only one demo at a time may use the file: it begins by deleting what is there. The lock is gone
    with this process, however it ends; RefusedError if another has it.

    It is on the log, which takes what the connector and Python have to say aside.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        log = file.with_suffix(".log").open("a")
        fcntl.flock(log, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise RefusedError(
            f"Another demo is using {file}. Wait for it, or name another file: "
            "python -m demo --file out/second.duckdb"
        ) from None
    except OSError as error:
        raise RefusedError(
            f"{error.filename} cannot be written: {error.strerror}. Name a file elsewhere: "
            "python -m demo --file ~/circle.duckdb"
        ) from None
    with log:
        log.truncate(0)
        os.dup2(log.fileno(), sys.stderr.fileno())
        yield


if __name__ == "__main__":
    sys.exit(main())
