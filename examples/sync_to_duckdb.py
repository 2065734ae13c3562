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
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import duckdb
from duckdb_tables import EXTRA, Tables

BATCH, SECONDS = 5_000, 5  # a commit: after so many rows, or so long; more rows take more memory
RECORD = re.compile(r'\{"type":"RECORD","record":\{"stream":"([^"\\]+)"')
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class FailedError(Exception):
    """The sync cannot go on, or not all could be read; the text says why, if nothing has yet."""


class StoppedError(SystemExit):
    """A signal came."""


class Connector:
    """The console script: beside this Python, else on PATH."""

    def __init__(self) -> None:
        beside = Path(sys.executable).with_name("source-circle-events")
        self._command = str(beside) if beside.exists() else shutil.which(beside.name)
        self._said: list[str] = []

    def run(self, command: str, **files: object) -> Iterator[tuple[str, Any]]:
        """(stream, line) of each record and ("", message) of all else; FailedError after a bad end."""
        if not self._command:
            raise FailedError("source-circle-events is neither beside this Python nor on PATH.")
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # inherited: this program ends the connector
        process = subprocess.Popen(
            [self._command, command, *(f"--{name}={path}" for name, path in files.items())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        signal.signal(signal.SIGINT, stop)
        with process:
            try:
                for line in process.stdout or ():
                    if record := RECORD.match(line):
                        yield record[1], line
                        continue
                    message = {}
                    with suppress(ValueError):  # no JSON: not of the protocol
                        message = json.loads(line)
                    self._say(message.get("trace", {}).get("error", {}).get("message", ""))
                    stream = message.get("record", {}).get("stream", "")
                    yield stream, line if stream else message
            except BaseException:
                process.terminate()
                raise
        if process.returncode:
            raise FailedError("" if self._said else f"{command} ended with {process.returncode}.")

    def streams(self, config: str) -> list[dict[str, Any]]:
        with closing(self.run("discover", config=config)) as messages:
            return [s for _, m in messages for s in m.get("catalog", {}).get("streams", [])]

    def _say(self, text: str) -> None:
        """Each sentence once: the connector says it for every stream, and then for all together."""
        for sentence in self._said:
            text = text.replace(sentence, "")
        if text.strip():
            self._said.append(text.strip())
            print(text.strip(), file=sys.stderr, flush=True)


class Sync:
    """What was received and is not committed yet, and what is to be replaced."""

    def __init__(self, tables: Tables, start_over: set[str]) -> None:
        self.read = Counter[str]()
        self._tables = tables
        self._start_over = start_over
        self._batch = defaultdict[str, list[str]](list)
        self._states: dict[str, Any] = {}
        self._waiting, self._committed = 0, time.monotonic()

    def take(self, stream: str, message: Any) -> None:
        if stream:
            self._batch[stream].append(message)
            self._waiting += 1
        elif message.get("type") == "STATE":
            state = message["state"]
            self._states[state["stream"]["stream_descriptor"]["name"]] = state
        late = time.monotonic() - self._committed > SECONDS
        if self._waiting >= BATCH or (self._waiting and late):
            self.commit(self._batch.keys())
            if late or self.read.total() % (10 * BATCH) == 0:
                print(f"{self.read.total():,} rows so far", flush=True)

    def commit(self, beginning: Any) -> None:
        """All that was received. Streams of `beginning` that are to start over do so now, together
        with their first rows; until then, a state says nothing about what is in their tables."""
        anew = self._start_over & set(beginning)
        self._start_over -= anew
        states = {s: self._states.pop(s) for s in self._states.keys() - self._start_over}
        self._tables.commit(self._batch, states, anew)
        self.read.update({stream: len(lines) for stream, lines in self._batch.items()})
        self._batch.clear()
        self._waiting, self._committed = 0, time.monotonic()


def sync(config: str, database: str, full_refresh: bool) -> None:
    connector = Connector()
    try:
        tables = Tables(database)
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise FailedError(f"{database} cannot be written, or is in use: {reason}") from None
    if not tables.on_disk():
        raise FailedError(f"{database} is no DuckDB file: name another.")
    print("Asking which streams and columns there are", flush=True)
    streams = connector.streams(config)
    names = {stream["name"] for stream in streams}
    if not tables.are_ours(names):
        raise FailedError(f"{database} has tables that another program made: name a new file.")
    tables.prepare({s["name"]: s["json_schema"].get("properties", {}) for s in streams})

    going, failure = Sync(tables, set(names) if full_refresh else set()), None
    modes = {"sync_mode": "incremental", "destination_sync_mode": "append_dedup"}
    with tempfile.TemporaryDirectory() as folder:
        files = {name: Path(folder, f"{name}.json") for name in ("catalog", "state")}
        files["catalog"].write_text(
            json.dumps({"streams": [{"stream": s} | modes for s in streams]})
        )
        files["state"].write_text(json.dumps([] if full_refresh else tables.states()))
        with closing(connector.run("read", config=config, **files)) as messages:
            try:
                for stream, message in messages:
                    going.take(stream, message)
            except FailedError as error:  # what could be read is kept, with its state
                failure = error
    going.commit(() if failure else names)
    for name in sorted(names):
        print(f"{name}: {going.read[name]:,} read, {tables.rows(name):,} rows")
        if extra := tables.extra[name]:
            print(f"  {extra:,} of them hold values that fit no column: see the column {EXTRA}")
    if failure:
        raise failure


def stop(number: int, _: object) -> None:
    for each in SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    raise StoppedError(128 + number)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("config")
    parser.add_argument("database")
    parser.add_argument(
        "--full-refresh", action="store_true", help="read all, make the tables anew"
    )
    arguments = parser.parse_args()
    for number in SIGNALS:
        signal.signal(number, stop)
    try:
        sync(arguments.config, arguments.database, arguments.full_refresh)
    except (StoppedError, FailedError, RuntimeError, duckdb.Error) as error:
        if code := _stopped(error):
            print("Stopped. What is in the database stays; the next run goes on from there.")
            sys.exit(code)
        sys.exit(str(error) or 1)


def _stopped(error: BaseException | None) -> Any:
    """The exit code if a signal is behind it: DuckDB turns what strikes it into an error of its own."""
    while error and not isinstance(error, StoppedError):
        error = error.__cause__ or error.__context__
    return error.code if error else 0


if __name__ == "__main__":
    main()
