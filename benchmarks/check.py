"""Did a run bring exactly the sandbox's ids? Outside the measured time, in a process of its own.

    python check.py KIND FOLDER ORIGIN     prints {"records": ..., "missing": ..., "extra": ...}

KIND says how a program leaves its records in FOLDER. Runs in the peers' environment, which has the
libraries to read every kind.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import orjson


def airbyte(folder: Path) -> Iterator[str]:
    return (m["record"]["data"]["id"] for m in _lines(folder) if m["type"] == "RECORD")


def singer(folder: Path) -> Iterator[str]:
    return (m["record"]["id"] for m in _lines(folder) if m["type"] == "RECORD")


def records(folder: Path) -> Iterator[str]:
    return (row["id"] for row in _lines(folder))


def _lines(folder: Path) -> Iterator[Any]:
    with (folder / "out").open("rb") as lines:
        yield from map(orjson.loads, lines)


def dlt_files(folder: Path) -> Iterator[str]:
    """What dlt extracted: JSON lists, one a line, compressed or not."""
    for path in folder.glob("**/new_jobs/events.*"):
        opened = gzip.open if path.read_bytes()[:2] == b"\x1f\x8b" else open
        with opened(path, "rb") as lines:
            yield from (row["id"] for line in lines for row in orjson.loads(line))


def dlt_duckdb(folder: Path) -> Iterator[str]:
    return _ids(folder / "events.duckdb", "circle.events")


def our_duckdb(folder: Path) -> Iterator[str]:
    return _ids(folder / "circle.duckdb", "events")


def _ids(file: Path, table: str) -> Iterator[str]:
    import duckdb

    with duckdb.connect(str(file), read_only=True) as database:
        yield from (row[0] for row in database.execute(f"SELECT id FROM {table}").fetchall())


KINDS = {
    kind.__name__: kind for kind in (airbyte, singer, records, dlt_files, dlt_duckdb, our_duckdb)
}


def main(kind: str, folder: str, origin: str) -> None:
    with urlopen(f"{origin}/_sandbox/ids?stream=events&created_at=0") as answer:
        truth = set(orjson.loads(answer.read())["ids"])
    found = list(KINDS[kind](Path(folder)))
    missing, extra = len(truth - {*found}), len(found) - len(truth & {*found})
    print(json.dumps({"records": len(truth), "missing": missing, "extra": extra}))


if __name__ == "__main__":
    main(*sys.argv[1:])
