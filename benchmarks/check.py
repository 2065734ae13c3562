"""Did a run bring exactly the sandbox's ids? Outside the measured time, in a process of its own.

    python check.py KIND FOLDER ORIGIN ENDPOINT...
    prints {"records": ..., "missing": ..., "extra": ...}

KIND says how a program leaves its records in FOLDER; those of the endpoints, no others, are due. Runs in
the peers' environment, which has the libraries to read every kind.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import orjson

LINES: Mapping[str, Callable[[Any], Iterable[str]]] = {
    "airbyte": lambda m: [m["record"]["data"]["id"]] if m["type"] == "RECORD" else [],
    "singer": lambda m: [m["record"]["id"]] if m["type"] == "RECORD" else [],
    "records": lambda row: [row["id"]],
    "dlt_files": lambda rows: [row["id"] for row in rows],
}
"""The ids in a line of JSON, by kind. What dlt extracts are lists, in files compressed or not."""
TABLES = {
    "dlt_duckdb": ("events.duckdb", "circle.events"),
    "our_duckdb": ("circle.duckdb", "events"),
}


def ids(kind: str, folder: Path) -> Iterator[str]:
    if kind in TABLES:
        import duckdb

        file, table = TABLES[kind]
        with duckdb.connect(str(folder / file), read_only=True) as database:
            yield from (row[0] for row in database.execute(f"SELECT id FROM {table}").fetchall())
        return
    for path in folder.glob("**/new_jobs/events.*") if kind == "dlt_files" else [folder / "out"]:
        opened = gzip.open if path.read_bytes()[:2] == b"\x1f\x8b" else open
        with opened(path, "rb") as lines:
            for line in lines:
                yield from LINES[kind](orjson.loads(line))


def main(kind: str, folder: str, origin: str, *endpoints: str) -> None:
    truth = set()
    for endpoint in endpoints:
        with urlopen(f"{origin}/_sandbox/ids?stream={endpoint}&created_at=0") as answer:
            truth.update(orjson.loads(answer.read())["ids"])
    found = list(ids(kind, Path(folder)))
    missing, extra = len(truth - {*found}), len(found) - len(truth & {*found})
    print(json.dumps({"records": len(truth), "missing": missing, "extra": extra}))


if __name__ == "__main__":
    main(*sys.argv[1:])
