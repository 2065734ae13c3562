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
from urllib.request import urlopen

import orjson


def airbyte(folder: Path) -> Iterator[str]:
    with (folder / "out").open("rb") as lines:
        for line in lines:
            if line.startswith(b'{"type":"RECORD"'):
                yield orjson.loads(line)["record"]["data"]["id"]


def singer(folder: Path) -> Iterator[str]:
    with (folder / "out").open("rb") as lines:
        for line in lines:
            message = orjson.loads(line)
            if message["type"] == "RECORD":
                yield message["record"]["id"]


def records(folder: Path) -> Iterator[str]:
    with (folder / "out").open("rb") as lines:
        for line in lines:
            yield orjson.loads(line)["id"]


def dlt_files(folder: Path) -> Iterator[str]:
    """What dlt extracted: JSON lists, one a line, compressed or not."""
    for path in folder.glob("**/new_jobs/events.*"):
        opened = gzip.open if path.read_bytes()[:2] == b"\x1f\x8b" else open
        with opened(path, "rb") as lines:
            for line in lines:
                for row in orjson.loads(line):
                    yield row["id"]


def dlt_duckdb(folder: Path) -> Iterator[str]:
    return _ids(folder / "events.duckdb", "circle.events")


def our_duckdb(folder: Path) -> Iterator[str]:
    return _ids(folder / "circle.duckdb", "events")


def _ids(file: Path, table: str) -> Iterator[str]:
    import duckdb

    with duckdb.connect(str(file), read_only=True) as database:
        for (identity,) in database.execute(f"SELECT id FROM {table}").fetchall():
            yield identity


KINDS = {
    kind.__name__: kind for kind in (airbyte, singer, records, dlt_files, dlt_duckdb, our_duckdb)
}


def main(kind: str, folder: str, origin: str) -> None:
    with urlopen(f"{origin}/_sandbox/ids?stream=events&created_at=0") as answer:
        truth = set(orjson.loads(answer.read())["ids"])
    count, seen = 0, set()
    for identity in KINDS[kind](Path(folder)):
        count += 1
        seen.add(identity)
    missing, extra = len(truth - seen), count - len(truth & seen)
    print(json.dumps({"records": len(truth), "missing": missing, "extra": extra}))


if __name__ == "__main__":
    main(*sys.argv[1:])
