"""`python -m benchmarks`: measure the table and write the page; other words measure the rest."""

from __future__ import annotations

import argparse
from contextlib import ExitStack

from benchmarks import page
from benchmarks.bench import Run, measured
from benchmarks.programs import Environments
from benchmarks.sections import SECTIONS, Section
from benchmarks.service import serving

_REST = [name for name in SECTIONS if not name.startswith("table")]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    words = ["table", *_REST, "all", "page"]
    told = "a section; all: more than an hour; page: write it again from what was measured"
    parser.add_argument("what", nargs="?", choices=words, default="table", help=told)
    parser.add_argument("--rounds", type=int, default=3, help="runs of each (default: 3)")
    parser.add_argument("--scale", type=float, default=1.0, help="of the histories; not 1: no page")
    asked = parser.parse_args()
    environments = Environments.prepared()
    for name, section in SECTIONS.items():
        if asked.what == "all" or name.startswith(asked.what):
            found = by_turns(section, environments, asked.rounds, asked.scale)
            if asked.scale == 1:
                page.save(name, found)
    if asked.scale == 1:
        page.write()


def by_turns(
    section: Section, environments: Environments, rounds: int, scale: float
) -> dict[str, list[Run]]:
    found: dict[str, list[Run]] = {name: [] for name in section.cases}
    services = {}
    with ExitStack() as stack:
        for number in range(rounds):
            for name, case in section.cases.items():
                if number >= (case.rounds or rounds):
                    continue
                options = {**case.service, "events": int(case.service["events"] * scale)}
                key = str(options)
                if key not in services:
                    services[key] = stack.enter_context(serving(**options))
                service = services[key]
                config = {**service.config, **case.config}
                config = {key: value for key, value in config.items() if value is not None}
                found[name].append(measured(case.program, environments, service, config))
                print(section.title, name, found[name][-1], flush=True)
    return found


if __name__ == "__main__":
    main()
