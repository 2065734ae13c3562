"""Copies your community's events into a DuckDB file. Run it again to read only what is new.

    python examples/sync_to_duckdb.py CONFIG DATABASE [--full-refresh]

CONFIG is a JSON file: {"api_token": "...", "start_date": "2025-01-01"}. Needs this connector and
`pip install duckdb`. Each stream becomes a table with one row for each `id`; the columns and their
types are those of the connector's catalog. What fits no column is kept in `_extra`, as JSON.

Rows and the state of the sync are committed together. If a run is stopped or killed, the next one
continues from the last commit, and nothing is lost or stored twice.
"""

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

# Memory that DuckDB's allocator does not use goes back to the system at once: 100 MB less.
os.environ["DUCKDB_JE_MALLOC_CONF"] = "dirty_decay_ms:0,muzzy_decay_ms:0"

import duckdb

BATCH = 4_000_000
"""Bytes of records that are committed at the latest, also without a new state. DuckDB needs up to 20
times as much to convert them."""
SECONDS = 1
"""How often a new state is committed, at most, with the rows before it."""
SETTINGS = {
    "memory_limit": "240MB",  # by default, DuckDB takes most of what the machine has
    "threads": 1,  # half the CPU of two; the connector needs the other core
    "TimeZone": "UTC",
    "wal_autocheckpoint": "32MB",  # each checkpoint writes the last rows again
}
TYPES = {"string": "VARCHAR", "integer": "BIGINT", "number": "DOUBLE", "boolean": "BOOLEAN"}
CASTS = {
    "VARCHAR": "{0}",
    "BIGINT": "CASE WHEN try_cast({0} AS BIGINT)::VARCHAR = {0} THEN try_cast({0} AS BIGINT) END",
    "DOUBLE": "CASE WHEN isfinite(try_cast({0} AS DOUBLE)) AND ({0} SIMILAR TO '.*[.eE].*' "
    "OR abs(try_cast({0} AS DOUBLE)) <= 9007199254740992) THEN try_cast({0} AS DOUBLE) END",
    "BOOLEAN": "CASE {0} WHEN 'true' THEN true WHEN 'false' THEN false END",
    # A direct cast to TIMESTAMP ignores the offset.
    "TIMESTAMP": "CASE WHEN {0} LIKE '____-__-__%' "
    "THEN try_cast({0} AS TIMESTAMPTZ) AT TIME ZONE 'UTC' END",
}
"""Column type -> SQL that converts the text {0}; NULL if the column cannot hold the exact value."""
RECORD = re.compile(
    rb'\{"type":"RECORD","record":\{"stream":"([^"\\]+)","emitted_at":\d+,"data":(.*)\}\}\n'
)
"""The connector's usual form of a record, found without the cost of decoding it."""
connectors: list[subprocess.Popen[bytes]] = []


class SyncError(Exception):
    """The sync failed. The text says why, unless the connector has said it."""


class Batch:
    """Records and states that are not committed yet."""

    def __init__(self) -> None:
        # The files have no name, so a killed run leaves nothing in the temporary folder.
        self.files = defaultdict[str, IO[bytes]](tempfile.TemporaryFile)
        self.states: dict[str, Any] = {}
        self.size, self.longest, self.started = 0, 0, time.monotonic()

    def add(self, stream: str, record: bytes) -> None:
        self.files[stream].write(record + b"\n")
        self.size += len(record)
        self.longest = max(self.longest, len(record))


class Tables:
    """The tables in a DuckDB file."""

    def __init__(self, file: str, streams: list[dict[str, Any]], full_refresh: bool) -> None:
        try:
            self._db = duckdb.connect(file)
        except duckdb.Error as error:
            raise SyncError(f"{file} cannot be opened: {str(error).splitlines()[0]}") from None
        if not self._value("SELECT path FROM duckdb_databases() WHERE NOT internal"):
            raise SyncError(f"{file} is not a DuckDB file: choose another.")  # but JSON or CSV
        for name, value in SETTINGS.items():
            self._db.execute(f"SET {name} = '{value}'")
        self._schemas = {s["name"]: s["json_schema"].get("properties", {}) for s in streams}
        self._columns: dict[str, dict[str, str]] = {}
        self._replaced = set(self._schemas) if full_refresh else set[str]()
        """Streams with rows from before the full refresh; the first new row replaces them."""
        self.read, self.extra = Counter[str](), Counter[str]()
        """Stream -> rows stored by this run, and how many of them have something in `_extra`."""
        tables = {name for (name,) in self._db.execute("SHOW TABLES").fetchall()}
        if "_sync_state" not in tables and tables & self._schemas.keys():
            raise SyncError(f"Another program made the tables in {file}: choose another file.")
        self._db.begin()
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS _sync_state (stream VARCHAR PRIMARY KEY, state JSON)"
        )
        for stream in self._schemas:
            self._create(stream, anew=stream not in tables)
        self._db.commit()

    def states(self) -> list[Any]:
        rows = self._db.execute("SELECT stream, state FROM _sync_state ORDER BY 1").fetchall()
        return [json.loads(state) for stream, state in rows if stream not in self._replaced]

    def rows(self, stream: str) -> int:
        return int(self._value(f"SELECT count(*) FROM {_quoted(stream)}"))

    def store(self, batch: Batch) -> None:
        """Commit rows and states together."""
        self._db.begin()
        for stream in self._replaced & batch.files.keys():
            self._create(stream, anew=True)
            self._replaced.remove(stream)
        for stream, file in batch.files.items():
            file.flush()
            file.seek(0)
            self._load(stream, f"/dev/fd/{file.fileno()}", batch.longest)
        for stream in batch.states.keys() - self._replaced:
            row = f"{_text(stream)}, {_text(json.dumps(batch.states[stream]))}"
            self._db.execute(f"INSERT OR REPLACE INTO _sync_state VALUES ({row})")
        self._db.commit()
        if batch.files:
            print(f"{self.read.total():,} rows so far", flush=True)

    def _create(self, stream: str, *, anew: bool) -> None:
        """Add the table or columns that are missing. A field gets no column if its name is taken,
        also by `_extra` or in other letter case."""
        table = _quoted(stream)
        if anew:  # also when the user has dropped the table: all its rows must be read again
            self._db.execute(f"DROP TABLE IF EXISTS {table}")
            self._db.execute(f"DELETE FROM _sync_state WHERE stream = {_text(stream)}")
        self._db.execute(f"CREATE TABLE IF NOT EXISTS {table} (id VARCHAR, _extra JSON)")
        for name, schema in self._schemas[stream].items():
            if name and name.isprintable():
                column = f"{_quoted(name)} {_type(name, schema)}"
                self._db.execute(f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {column}")
        columns = self._db.execute(f"DESCRIBE {table}").fetchall()
        self._columns[stream] = {name: kind for name, kind, *_ in columns if name != "_extra"}

    def _load(self, stream: str, file: str, longest: int) -> None:
        """Put the records in `file` into the table; the last one of each `id` stays.

        Columns are called c1, c2, ... until the last statement, so that the name of a field cannot
        collide with another name. No statement has parameters, because DuckDB would import pandas
        to look at them: 95 MB and a third of a second.
        """
        table, columns = _quoted(stream), self._columns[stream]
        texts, values, fitting = list[str](), list[str](), list[str]()
        for number, (name, kind) in enumerate(columns.items(), 1):
            pointer = _text("/" + name.replace("~", "~0").replace("/", "~1"))
            value, fits = f"nullif(json -> {pointer}, 'null')", "true"
            if kind != "JSON":
                texts.append(pointer)
                text = f"texts[{len(texts)}]"
                value = CASTS.get(kind, f"try_cast({{0}} AS {kind})").format(text)
                fits = f"{text} IS NULL OR c{number} IS NOT NULL"
            values.append(f"{value} AS c{number}")
            fitting.append(f"CASE WHEN {fits} THEN {_text(json.dumps(name) + ':null')} END")
        # `extra` is the record without the fields that fit: a merge with null removes them.
        self._db.execute(f"""
            CREATE OR REPLACE TEMP TABLE batch AS
            WITH extracted AS (
                SELECT json, json_extract_string(json, [{", ".join(texts)}]) AS texts
                FROM read_json_objects('{file}', format = 'newline_delimited',
                    maximum_object_size = {longest})
            ),
            converted AS (SELECT json, texts, {", ".join(values)} FROM extracted)
            SELECT * EXCLUDE (json, texts), nullif(json_merge_patch(json,
                concat('{{', concat_ws(',', {", ".join(fitting)}), '}}')), '{{}}') AS extra
            FROM converted""")
        key = f"c{[*columns].index('id') + 1}"
        # There is no index: it would need more memory than everything else.
        self._db.execute(f"DELETE FROM {table} WHERE id IN (SELECT {key} FROM batch)")
        self._db.execute(
            f"INSERT INTO {table} ({', '.join(map(_quoted, columns))}, _extra) "
            f"SELECT * FROM batch WHERE rowid IN (SELECT max(rowid) FROM batch GROUP BY {key})"
        )
        self.read[stream] += self._value("SELECT count(*) FROM batch")
        self.extra[stream] += self._value("SELECT count(extra) FROM batch")

    def _value(self, query: str) -> Any:
        """The first column of the first row."""
        return (self._db.execute(query).fetchone() or [None])[0]


def _type(name: str, schema: dict[str, Any]) -> str:
    """The column type for a field; JSON for objects, lists and fields of several types."""
    named = schema.get("type", [])
    types = ({named} if isinstance(named, str) else set(named)) - {"null"}
    # discover calls a time a plain text if one record had something else in its place.
    if types == {"string"} and (schema.get("format") == "date-time" or name.endswith("_at")):
        return "TIMESTAMP"
    return TYPES.get(types.pop(), "JSON") if len(types) == 1 else "JSON"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def run(command: str, config: str, **documents: object) -> Iterator[bytes]:
    """Run the connector and yield its messages; print its errors."""
    files = {name: tempfile.TemporaryFile("w+") for name in documents}  # noqa: SIM115
    for name, content in documents.items():
        json.dump(content, files[name])
        files[name].seek(0)
    process = subprocess.Popen(
        [
            Path(sys.executable).with_name("source-circle-events"),
            command,
            f"--config={config}",
            *(f"--{name}=/dev/fd/{file.fileno()}" for name, file in files.items()),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        pass_fds=[file.fileno() for file in files.values()],
    )
    connectors.append(process)
    errors = set[str]()
    for line in process.stdout or ():
        yield line
        if line.startswith(b'{"type":"TRACE"'):
            text = json.loads(line)["trace"].get("error", {}).get("message", "")
            if text and text not in errors:
                errors.add(text)
                print(text, file=sys.stderr, flush=True)
    if process.wait():
        raise SyncError("" if errors else f"{command} failed with code {process.returncode}.")


def batches(messages: Iterator[bytes]) -> Iterator[Batch]:
    """Collect what is committed together; also what came before an error."""
    batch, failure = Batch(), None
    try:
        for line in messages:
            if match := RECORD.fullmatch(line):
                batch.add(match[1].decode(), match[2])
                late = False
            else:
                message = json.loads(line)
                if record := message.get("record"):
                    batch.add(record["stream"], json.dumps(record["data"]).encode())
                if state := message.get("state"):
                    batch.states[state["stream"]["stream_descriptor"]["name"]] = state
                late = bool(state) and time.monotonic() - batch.started > SECONDS
            if batch.size >= BATCH or late:
                yield batch
                batch = Batch()
    except SyncError as error:
        failure = error
    yield batch
    if failure:
        raise failure


def sync(config: str, database: str, full_refresh: bool) -> None:
    print("Asking which streams and columns there are", flush=True)
    found = [json.loads(line) for line in run("discover", config) if b'"CATALOG"' in line]
    streams = [stream for message in found for stream in message["catalog"]["streams"]]
    modes = {"sync_mode": "incremental", "destination_sync_mode": "append_dedup"}
    catalog = {"streams": [{"stream": stream, **modes} for stream in streams]}
    tables = Tables(database, streams, full_refresh)
    coming = batches(run("read", config, catalog=catalog, state=tables.states()))
    try:
        with ThreadPoolExecutor(1) as reader:
            following = reader.submit(next, coming, None)
            while batch := following.result():
                following = reader.submit(next, coming, None)
                tables.store(batch)  # while the next one arrives
    finally:
        for stream in sorted(stream["name"] for stream in streams):
            print(f"{stream}: {tables.read[stream]:,} read, {tables.rows(stream):,} rows")
            if extra := tables.extra[stream]:
                print(f"  {extra:,} of them have values that fit no column: see `_extra`")


def stop(number: int, _: object) -> None:
    """End at once: DuckDB keeps what is committed and nothing else."""
    for process in connectors:
        process.terminate()
    with suppress(OSError):  # the terminal is gone
        os.write(1, b"Stopped. The database keeps what is committed; the next run continues.\n")
    os._exit(128 + number)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("config")
    parser.add_argument("database")
    parser.add_argument("--full-refresh", action="store_true", help="read everything again")
    arguments = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
            signal.signal(number, stop)
    try:
        sync(**vars(arguments))
    except (SyncError, duckdb.Error, OSError) as error:
        sys.exit(str(error) or 1)


if __name__ == "__main__":
    main()
