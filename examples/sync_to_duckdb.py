"""Your community in a DuckDB file. Run it again, and only what is new is read.

    python examples/sync_to_duckdb.py CONFIG DATABASE [--full-refresh]

CONFIG is a JSON file: {"api_token": "...", "start_date": "2025-01-01"}. Needs this connector and
`pip install duckdb`. One table a stream, one row an `id`, and the state of the sync beside them: rows
and state are committed together, so a run that dies loses nothing, and the next one repeats nothing.
"""

import argparse
import json
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import duckdb
from duckdb_tables import EXTRA, FailedError, Tables

BATCH, SECONDS = 10_000, 5  # a commit: after so many rows, or so long; more rows take more memory
RECORD = re.compile(rb'\{"type":"RECORD","record":\{"stream":"([^"\\]+)"')
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
stopped: list[int] = []  # the signal that came


def run(command: str, **files: object) -> Iterator[tuple[str, Any]]:
    """(stream, line) of each record and ("", message) of all else; FailedError after a bad end."""
    beside = Path(sys.executable).with_name("source-circle-events")
    script = shutil.which(beside) or shutil.which(beside.name)
    if not script:
        raise FailedError("source-circle-events is neither beside this Python nor on PATH.")
    said: list[str] = []
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # inherited: this program ends the connector
    process = subprocess.Popen(
        [script, command, *(f"--{name}={path}" for name, path in files.items())],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    )
    signal.signal(signal.SIGINT, stop)
    with process:
        try:
            for line in process.stdout or ():
                if record := RECORD.match(line):
                    yield record[1].decode(), line
                    continue
                message = {}
                with suppress(ValueError):  # no JSON: not of the protocol
                    message = json.loads(line)
                say_once(message.get("trace", {}).get("error", {}).get("message", ""), said)
                stream = message.get("record", {}).get("stream", "")
                yield stream, line if stream else message
        except BaseException:
            process.terminate()
            raise
    if process.returncode:
        raise FailedError("" if said else f"{command} ended with {process.returncode}.")


def say_once(text: str, said: list[str]) -> None:
    """Each sentence once: the connector says it for every stream, and then for all together."""
    for sentence in said:
        text = text.replace(sentence, "")
    if text.strip():
        said.append(text.strip())
        print(text.strip(), file=sys.stderr, flush=True)


class Sync:
    """What was received and is not committed yet, and which streams are still to start over."""

    def __init__(self, tables: Tables, loader: ThreadPoolExecutor, start_over: set[str]) -> None:
        self._tables, self._loader, self._start_over = tables, loader, start_over
        self._loading: Future[None] | None = None
        self._batch = defaultdict[str, list[bytes]](list)
        self._states: dict[str, Any] = {}
        self._commits, self._waiting, self._handed_on = 0, 0, time.monotonic()

    def take(self, stream: str, message: Any) -> None:
        if stream:
            self._batch[stream].append(message)
            self._waiting += 1
        elif message.get("type") == "STATE":
            state = message["state"]
            self._states[state["stream"]["stream_descriptor"]["name"]] = state
        late = time.monotonic() - self._handed_on > SECONDS
        if self._waiting >= BATCH or (self._waiting and late):
            self.commit(set())

    def commit(self, complete: set[str]) -> Future[None]:
        """All that was received, by a thread while the next batch comes; one at a time, in order.

        A stream that is to start over does so with its first rows, or when all was read without any;
        until then, a state says nothing about what is in its table.
        """
        if self._loading:
            self._loading.result()
        self._commits += 1
        if self._commits % 5 == 0:
            print(f"{self._tables.read.total():,} rows so far", flush=True)
        anew = self._start_over & (complete | self._batch.keys())
        self._start_over = self._start_over - anew
        states = {s: self._states.pop(s) for s in self._states.keys() - self._start_over}
        self._loading = self._loader.submit(self._tables.commit, self._batch, states, anew)
        self._batch = defaultdict(list)
        self._waiting, self._handed_on = 0, time.monotonic()
        return self._loading


def sync(config: str, database: str, full_refresh: bool) -> None:
    tables = Tables(database)
    print("Asking which streams and columns there are", flush=True)
    found = run("discover", config=config)
    streams = [s for _, message in found for s in message.get("catalog", {}).get("streams", [])]
    tables.prepare({s["name"]: s["json_schema"].get("properties", {}) for s in streams})
    names = {stream["name"] for stream in streams}
    modes = {"sync_mode": "incremental", "destination_sync_mode": "append_dedup"}
    catalog = {"streams": [{"stream": stream, **modes} for stream in streams]}
    failure = None
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(1) as loader:
        going = Sync(tables, loader, names if full_refresh else set())
        files = {"catalog": Path(folder, "catalog.json"), "state": Path(folder, "state.json")}
        files["catalog"].write_text(json.dumps(catalog))
        files["state"].write_text(json.dumps([] if full_refresh else tables.states()))
        with closing(run("read", config=config, **files)) as messages:
            try:
                for stream, message in messages:
                    going.take(stream, message)
            except FailedError as error:  # what could be read is kept, with its state
                failure = error
        going.commit(set() if failure else names).result()
    for name in sorted(names):
        print(f"{name}: {tables.read[name]:,} read, {tables.rows(name):,} rows")
        if extra := tables.extra[name]:
            print(f"  {extra:,} of them hold values that fit no column: see the column {EXTRA}")
    if failure:
        raise failure


def stop(number: int, _: object) -> None:
    for each in SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    stopped.append(number)
    raise SystemExit(128 + number)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("config")
    parser.add_argument("database")
    parser.add_argument("--full-refresh", action="store_true", help="make the tables anew")
    for number in SIGNALS:
        signal.signal(number, stop)
    try:
        sync(**vars(parser.parse_args()))
    except BaseException as error:
        if stopped:  # DuckDB turns the signal that strikes it into an error of its own
            print("Stopped. What is in the database stays; the next run goes on from there.")
            sys.exit(128 + stopped[0])
        if isinstance(error, FailedError | duckdb.Error):
            sys.exit(str(error) or 1)
        raise


if __name__ == "__main__":
    main()
