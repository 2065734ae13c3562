"""Copies your community's events into a DuckDB file. Run it again to read only what is new.

    python examples/sync_to_duckdb.py CONFIG DATABASE

CONFIG is a JSON file: {"api_token": "...", "start_date": "2025-01-01"}. Needs this connector and
`pip install duckdb`. Each stream becomes a table with one row for each `id`; the columns and their
types are those of the connector's catalog. What fits no column is kept in `_extra`, as JSON.

Rows and the state of the sync are committed together. If a run is stopped or killed, the next one
continues from the last commit, and nothing is lost or stored twice. To read a stream from the start
again, drop its table.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
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
TYPES = {"string": "VARCHAR", "integer": "BIGINT", "boolean": "BOOLEAN"}
"""Column types by the catalog's types; a column of any other type is JSON."""
CONVERSIONS = {
    "VARCHAR": "{0}",
    "JSON": "{0}",
    # A direct cast to TIMESTAMP would ignore the offset; a cast takes "epoch" and the like for times.
    "TIMESTAMP": "CASE WHEN {0} LIKE '____-__-__%' "
    "THEN try_cast({0} AS TIMESTAMPTZ) AT TIME ZONE 'UTC' END",
}
"""Column type -> SQL that converts the text {0}; NULL if the column cannot hold the value."""
EXACT = "CASE WHEN try_cast({0} AS {1})::VARCHAR = {0} THEN try_cast({0} AS {1}) END"
"""The same for every other column type {1}."""
STATE = b'{"type":"STATE"'
connectors: list[subprocess.Popen[bytes]] = []


class Tables:
    """The tables in a DuckDB file."""

    def __init__(self, file: str, streams: list[dict[str, Any]]) -> None:
        self._db = duckdb.connect(file)
        if not self.rows("SELECT path FROM duckdb_databases() WHERE path IS NOT NULL"):
            sys.exit(f"{file} is not a DuckDB file: choose another.")  # but JSON or CSV
        for name, value in SETTINGS.items():
            self._db.execute(f"SET {name} = '{value}'")
        self._columns: dict[str, dict[str, str]] = {}
        self.read, self.extra = Counter[str](), Counter[str]()
        """Stream -> rows stored by this run, and how many of them have something in `_extra`."""
        tables = {name for (name,) in self.rows("SHOW TABLES")}
        if "_sync_state" not in tables and tables & {stream["name"] for stream in streams}:
            sys.exit(f"Another program made the tables in {file}: choose another file.")
        self._db.begin()
        states = "_sync_state (stream VARCHAR PRIMARY KEY, state JSON)"
        self._db.execute(f"CREATE TABLE IF NOT EXISTS {states}")
        for stream in streams:
            self._create(stream["name"], stream["json_schema"].get("properties", {}))
            if stream["name"] not in tables:  # or the user has dropped it: read everything again
                self._db.execute(f"DELETE FROM _sync_state WHERE stream = {_text(stream['name'])}")
        self._db.commit()

    def store(self, messages: IO[bytes]) -> None:
        """Commit the records and the states in a file of messages together."""
        messages.seek(0)
        self._db.begin()
        self._db.execute(f"""
            CREATE OR REPLACE TEMP TABLE message AS
            SELECT record.stream AS stream, record.data AS json, state
            FROM read_json('/dev/fd/{messages.fileno()}', format = 'newline_delimited',
                columns = {{record: 'STRUCT(stream VARCHAR, data JSON)', state: 'JSON'}})""")
        for (stream,) in self.rows("SELECT DISTINCT stream FROM message WHERE stream IS NOT NULL"):
            self._load(stream)
        self._db.execute("""
            INSERT OR REPLACE INTO _sync_state
            SELECT state->>'$.stream.stream_descriptor.name' AS name, max_by(state, rowid)
            FROM message WHERE state IS NOT NULL GROUP BY name""")
        self._db.commit()
        print(f"{self.read.total():,} rows so far", flush=True)

    def _create(self, stream: str, fields: dict[str, Any]) -> None:
        """Create the table and the columns that are missing. A field gets no column if its name is
        taken, by `_extra` or in other letter case."""
        table = _quoted(stream)
        self._db.execute(f"CREATE TABLE IF NOT EXISTS {table} (id VARCHAR, _extra JSON)")
        for name, schema in fields.items():
            if name and name.isprintable():
                column = f"{_quoted(name)} {_type(name, schema)}"
                self._db.execute(f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {column}")
        columns = self.rows(f"DESCRIBE {table}")
        self._columns[stream] = {name: kind for name, kind, *_ in columns if name != "_extra"}

    def _load(self, stream: str) -> None:
        """Put the records of a stream into its table; the last one of each `id` stays.

        Columns are called c1, c2, ... until the last statement, so that the name of a field cannot
        collide with another name. No statement has parameters, because DuckDB would import pandas
        to look at them: 95 MB and a third of a second.
        """
        table, columns = _quoted(stream), self._columns[stream]
        fields, values, fitting = dict[str, str](), list[str](), list[str]()
        for number, (name, kind) in enumerate(columns.items(), 1):
            fields[name] = "JSON" if kind == "JSON" else "VARCHAR"
            field = f"fields.{_quoted(name)}"
            values.append(f"{CONVERSIONS.get(kind, EXACT).format(field, kind)} AS c{number}")
            fits = f"{field} IS NULL OR c{number} IS NOT NULL"
            fitting.append(f"CASE WHEN {fits} THEN {_text(json.dumps(name) + ':null')} END")
        # `extra` is the record without the fields that fit: a merge with null removes them.
        self._db.execute(f"""
            CREATE OR REPLACE TEMP TABLE batch AS
            WITH parsed AS (
                SELECT json, json_transform(json, {_text(json.dumps(fields))}) AS fields
                FROM message WHERE stream = {_text(stream)}
            )
            SELECT {", ".join(values)}, nullif(json_merge_patch(json,
                concat('{{', concat_ws(',', {", ".join(fitting)}), '}}')), '{{}}') AS extra
            FROM parsed""")
        key = f"c{[*columns].index('id') + 1}"
        # There is no index: it would need more memory than everything else.
        self._db.execute(f"DELETE FROM {table} WHERE id IN (SELECT {key} FROM batch)")
        self._db.execute(
            f"INSERT INTO {table} ({', '.join(map(_quoted, columns))}, _extra) "
            f"SELECT * FROM batch WHERE rowid IN (SELECT max(rowid) FROM batch GROUP BY {key})"
        )
        ((read, extra),) = self.rows("SELECT count(*), count(extra) FROM batch")
        self.read[stream] += read
        self.extra[stream] += extra

    def rows(self, query: str) -> list[Any]:
        return self._db.execute(query).fetchall()


def _type(name: str, schema: dict[str, Any]) -> str:
    """The column type for a field; JSON for objects, lists, numbers and fields of several types."""
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
    """Run the connector and yield its messages; print its last error, which repeats those of all
    streams."""
    files = {name: tempfile.TemporaryFile("w+") for name in documents}  # noqa: SIM115
    for name, content in documents.items():
        json.dump(content, files[name])
        files[name].seek(0)
    script = Path(sys.executable).with_name("source-circle-events")
    options = [f"--{name}=/dev/fd/{file.fileno()}" for name, file in files.items()]
    process = subprocess.Popen(
        [script, command, f"--config={config}", *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        pass_fds=[file.fileno() for file in files.values()],
    )
    connectors.append(process)
    error = f"{command} failed"
    for line in process.stdout or ():
        yield line
        if line.startswith(b'{"type":"TRACE"'):
            error = json.loads(line)["trace"].get("error", {}).get("message", error)
    if process.wait():
        print(error, file=sys.stderr)


def batches(messages: Iterator[bytes]) -> Iterator[IO[bytes]]:
    """Collect the messages that are committed together."""
    late = True
    for line in messages:
        if late:
            # The file has no name, so a killed run leaves nothing in the temporary folder.
            file, started = tempfile.TemporaryFile(), time.monotonic()  # noqa: SIM115
        file.write(line)
        waited = line.startswith(STATE) and time.monotonic() - started > SECONDS
        if late := waited or file.tell() >= BATCH:
            yield file
    if not late:
        yield file


def sync(config: str, database: str) -> None:
    print("Asking which streams and columns there are", flush=True)
    found = [json.loads(line) for line in run("discover", config) if b'"CATALOG"' in line]
    if connectors[0].returncode:
        return
    streams = found[0]["catalog"]["streams"]
    tables = Tables(database, streams)
    states = [json.loads(state) for (state,) in tables.rows("SELECT state FROM _sync_state")]
    coming = batches(run("read", config, catalog=found[0], state=states))
    with ThreadPoolExecutor(1) as reader:
        following = reader.submit(next, coming, None)
        while batch := following.result():
            following = reader.submit(next, coming, None)
            tables.store(batch)  # while the next one arrives
    for stream in sorted(stream["name"] for stream in streams):
        ((rows,),) = tables.rows(f"SELECT count(*) FROM {_quoted(stream)}")
        print(f"{stream}: {tables.read[stream]:,} read, {rows:,} rows")
        if extra := tables.extra[stream]:
            print(f"  {extra:,} of them have values that fit no column: see `_extra`")


def stop(number: int, _: object) -> None:
    """End at once: DuckDB keeps what is committed and nothing else."""
    for process in connectors:
        process.terminate()
    os.write(1, b"Stopped. The database keeps what is committed; the next run continues.\n")
    os._exit(128 + number)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("config")
    parser.add_argument("database")
    arguments = parser.parse_args()
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    try:
        sync(arguments.config, arguments.database)
    except (duckdb.Error, OSError) as error:
        sys.exit(str(error))
    sys.exit(1 if any(process.returncode for process in connectors) else 0)


if __name__ == "__main__":
    main()
