"""`python -m demo`: Circle's events in a DuckDB file.

Against the sandbox, or, with CIRCLE_API_TOKEN in the environment, against your community.

What is shown happens in `demo.story`, in a process of its own; this one only sees to it that nothing
is left when it is over.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from demo import group


def main() -> int:
    arguments = _parser().parse_args()
    own_community = bool(os.environ.get("CIRCLE_API_TOKEN"))
    file: Path = arguments.file or Path(
        "out", "my-circle.duckdb" if own_community else "circle.duckdb"
    )
    try:
        with _alone(file), tempfile.TemporaryDirectory(prefix="circle-demo-") as private:
            return group.run(
                [sys.executable, "-m", "demo.story", str(file), str(arguments.events), private],
                os.environ | {"TMPDIR": private},
            )
    except BlockingIOError:
        print(
            f"Another demo is using {file}. Wait for it, or name another file: "
            "python -m demo --file out/second.duckdb"
        )
    except OSError as error:
        print(
            f"{error.filename or file.parent} cannot be written: {error.strerror}. Name a file "
            "elsewhere: python -m demo --file ~/circle.duckdb"
        )
    return 1


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


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    """Only one demo at a time may use the file: it begins by deleting what is there. The lock is gone
    with this process, however it ends; BlockingIOError if another has it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.with_suffix(".log").open("a") as log:
        fcntl.flock(log, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


if __name__ == "__main__":
    sys.exit(main())
