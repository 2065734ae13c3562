"""`python -m benchmarks`: measure the table and write the page; sub-commands measure the rest."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks import ceiling, page, results, shape, small, startup, table
from benchmarks.environments import ROOT, Environments
from benchmarks.trial import Bench

_COMMANDS = {
    "table": "every program at every latency (the default)",
    "ceiling": "requests a minute where the service enforces a limit",
    "hot": "a history with most of its events in one hour",
    "memory": "peak memory of a small and a large history",
    "linear": "cost a record of a small and a large history",
    "privacy": "personal data kept, hashed and dropped",
    "small": "requests of a small community's syncs",
    "startup": "seconds before a command does anything",
    "all": "all of these, one after the other: more than an hour",
    "page": "write the page again from what was measured",
}
_MEASURED = [name for name in _COMMANDS if name not in ("all", "page")]


def main() -> None:
    asked = _parser().parse_args()
    if asked.what != "page":
        bench = Bench(Environments.prepared(asked.environments), asked.scratch)
        for what in _MEASURED if asked.what == "all" else [asked.what]:
            found = _measure(what, bench, asked.rounds, asked.scale)
            if asked.scale == 1:
                results.save(what, found)
    if asked.scale == 1:
        page.write(asked.environments)


def _measure(what: str, bench: Bench, rounds: int, scale: float) -> object:
    def events(count: int) -> int:
        return int(count * scale)

    measured: dict[str, Callable[[], object]] = {
        "table": lambda: table.measure(bench, events(200_000), rounds),
        "ceiling": lambda: ceiling.measure(bench, events(4_000_000)),
        "hot": lambda: shape.hot(bench, events(1_000_000), rounds),
        "memory": lambda: shape.sizes(
            bench, events(200_000), events(4_000_000), 1, 0.3, num_workers=10
        ),
        "linear": lambda: shape.sizes(bench, events(400_000), events(4_000_000), 2, 0.0),
        "privacy": lambda: shape.privacy(bench, events(100_000), rounds),
        "small": lambda: small.measure(bench),
        "startup": lambda: startup.measure(bench, rounds),
    }
    return measured[what]()


def _parser() -> argparse.ArgumentParser:
    shm = Path("/dev/shm")
    made = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="\n".join(f"{name:10}{text}" for name, text in _COMMANDS.items()),
    )
    made.add_argument("what", nargs="?", choices=_COMMANDS, default="table")
    made.add_argument("--rounds", type=int, default=3, help="runs of each (default: 3)")
    made.add_argument(
        "--scale",
        type=float,
        default=1.0,
        help="of the histories; other than 1: no page is written",
    )
    made.add_argument(
        "--environments", type=Path, default=ROOT / ".venv-bench", help="where they are installed"
    )
    made.add_argument(
        "--scratch",
        type=Path,
        default=shm if shm.is_dir() else Path(tempfile.gettempdir()),
        help="where outputs go, up to 4 GB for the large histories (default: %(default)s)",
    )
    return made


if __name__ == "__main__":
    main()
