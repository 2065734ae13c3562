"""`python -m benchmarks`: measure the table and write the page; sub-commands measure the rest."""

from __future__ import annotations

import argparse

from benchmarks import page, results
from benchmarks.bench import Bench
from benchmarks.environments import Environments
from benchmarks.page import SECTIONS

_COMMANDS = {
    **{name: (measure.__doc__ or "").splitlines()[0] for name, (measure, *_) in SECTIONS.items()},
    "all": "all of these, one after the other: more than an hour",
    "page": "write the page again from what was measured",
}


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="\n".join(f"{name:10}{text}" for name, text in _COMMANDS.items()),
    )
    parser.add_argument("what", nargs="?", choices=_COMMANDS, default="table")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each (default: 3)")
    parser.add_argument("--scale", type=float, default=1.0, help="of the histories; not 1: no page")
    asked = parser.parse_args()
    if asked.what != "page":
        bench = Bench(Environments.prepared())
        for what in SECTIONS if asked.what == "all" else [asked.what]:
            measure, _, *sizes = SECTIONS[what]
            found = measure(bench, asked.rounds, *(int(size * asked.scale) for size in sizes))
            if asked.scale == 1:
                results.save(what, found)
    if asked.scale == 1:
        page.write()


if __name__ == "__main__":
    main()
