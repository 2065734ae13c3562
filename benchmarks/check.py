"""`python -m benchmarks.check OUTPUT FOLDER ORIGIN`: did a run read every event of the sandbox?

OUTPUT says how the program left its records in FOLDER. Prints their number.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import duckdb
import orjson

LINES: Mapping[str, Callable[[Any], Iterable[str]]] = {
    "airbyte": lambda m: [m["record"]["data"]["id"]] if m["type"] == "RECORD" else [],
    "singer": lambda m: [m["record"]["id"]] if m["type"] == "RECORD" else [],
    "dlt_files": lambda rows: [row["id"] for row in rows],
}
"""The ids in a line of JSON."""
TABLES = {
    "dlt_duckdb": ("events.duckdb", "circle.events"),
    "our_duckdb": ("circle.duckdb", "events"),
}


def ids(output: str, folder: Path) -> Iterator[str]:
    if output in TABLES:
        file, table = TABLES[output]
        with duckdb.connect(folder / file, read_only=True) as database:
            yield from (row[0] for row in database.execute(f"SELECT id FROM {table}").fetchall())
        return
    for path in folder.glob("**/new_jobs/events.*") if output == "dlt_files" else [folder / "out"]:
        with path.open("rb") as lines:
            for line in lines:
                yield from LINES[output](orjson.loads(line))


def main(output: str, folder: str, origin: str) -> None:
    with urlopen(f"{origin}/_sandbox/ids?stream=events&created_at=0") as answer:
        stored = orjson.loads(answer.read())["ids"]
    found = list(ids(output, Path(folder)))
    # The manifest alone remembers no records: those at the end of a page come twice.
    if {*found} != {*stored} or len(found) > 1.01 * len(stored):
        known = len({*found} & {*stored})
        sys.exit(f"{output}: {len(found)} records, {known} of {len(stored)} ids")
    print(len(stored))


if __name__ == "__main__":
    main(*sys.argv[1:])
