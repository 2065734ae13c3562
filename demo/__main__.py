"""`python -m demo`: Circle's events in a DuckDB file.

Against the sandbox, or, with CIRCLE_API_TOKEN in the environment, against your community.

What is shown happens in `demo.story`, in a process of its own; this one only sees to it that nothing
is left when it is over.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from pathlib import Path

from demo import group


def main() -> int:
    arguments = _parser().parse_args()
    if sys.version_info >= (3, 13):
        print(
            "The demo writes into DuckDB with PyAirbyte, which needs Python 3.11 or 3.12, and this is "
            f"Python {platform.python_version()}. (The connector itself is fine with it.) Where there "
            "is another Python: make clean, then make demo PYTHON=python3.12"
        )
        return 1
    file = arguments.file or Path("out", "my-circle" if _own_community() else "circle").with_suffix(
        ".duckdb"
    )
    with tempfile.TemporaryDirectory(prefix="circle-demo-") as private:
        return group.run(
            [sys.executable, "-m", "demo.story", str(file), str(arguments.events)],
            os.environ | _quiet(private),
        )


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


def _own_community() -> bool:
    return bool(os.environ.get("CIRCLE_API_TOKEN"))


def _quiet(private: str) -> dict[str, str]:
    """PyAirbyte as this demo needs it; it reads its environment at import.

    Its temporary files hold the config, API token included, and are everyone's to read: they go into
    a directory that only this user can enter, and that is removed also after a Ctrl-C.
    """
    return {
        "AIRBYTE_OFFLINE_MODE": "1",  # or it asks a registry for our name, and reports the sync
        "DO_NOT_TRACK": "1",
        "AIRBYTE_LOGGING_ROOT": private,
        "AIRBYTE_TEMP_DIR": private,
        "AIRBYTE_CACHE_ROOT": private,
        "TMPDIR": private,  # the connector's own
        "PYTHONWARNINGS": "ignore",
    }


if __name__ == "__main__":
    sys.exit(main())
