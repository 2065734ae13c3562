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

BATCH, SECONDS = 20_000, 5  # rows, and seconds between commits; more take memory and save no time
EXTRA = "_extra"  # the column of what has no column of its own, or does not fit the one it has
RECORD = re.compile(r'\{"type":"RECORD","record":\{"stream":"([^"\\]+)"')
TYPES = {"string": "VARCHAR", "integer": "BIGINT", "number": "DOUBLE", "boolean": "BOOLEAN"}
# The value of a column from its JSON, as text {0} and as it came {1}; NULL where it would not be exact.
FITTED = {
    "VARCHAR": "{0}",
    "BIGINT": "CASE WHEN try_cast({0} AS BIGINT)::VARCHAR = {0} THEN try_cast({0} AS BIGINT) END",
    "DOUBLE": "CASE WHEN isfinite(try_cast({0} AS DOUBLE)) THEN try_cast({0} AS DOUBLE) END",
    "BOOLEAN": "CASE {0} WHEN 'true' THEN true WHEN 'false' THEN false END",
    # By way of TIMESTAMPTZ, since a cast to TIMESTAMP drops the offset; the column is in UTC.
    "TIMESTAMP": "CASE WHEN {0} LIKE '____-__-__%' "
    "THEN try_cast({0} AS TIMESTAMPTZ) AT TIME ZONE 'UTC' END",
    "JSON": "CASE WHEN {1}::VARCHAR <> 'null' THEN {1} END",
}


class FailedError(Exception):
    """The sync cannot go on, or not all of it could be read; the text says why, if nothing has yet."""


class Connector:
    """The console script: beside this Python, else on PATH."""

    def __init__(self) -> None:
        beside = Path(sys.executable).with_name("source-circle-events")
        self._command = str(beside) if beside.exists() else shutil.which(beside.name)
        self._said: list[str] = []

    def run(self, command: str, **files: str | Path) -> Iterator[tuple[str, Any]]:
        """(stream, line) of each record and ("", message) of all else; FailedError after a bad end."""
        if not self._command:
            raise FailedError("source-circle-events is neither beside this Python nor on PATH.")
        with subprocess.Popen(
            [self._command, command, *(f"--{name}={path}" for name, path in files.items())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            process_group=0,  # a Ctrl-C is for this program, which ends the connector
        ) as process:
            try:
                for line in process.stdout or ():
                    if record := RECORD.match(line):
                        yield record[1], line
                        continue
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

    def _say(self, text: str) -> None:
        """Each sentence once: the connector says it for every stream, and then for all together."""
        for sentence in self._said:
            text = text.replace(sentence, "")
        if text.strip():
            self._said.append(text.strip())
            print(text.strip(), file=sys.stderr, flush=True)


class Warehouse:
    """The tables and the state. DuckDB lets one process in, so nobody else changes them meanwhile."""

    def __init__(self, file: str) -> None:
        try:
            self.db = duckdb.connect(file)
        except duckdb.Error as error:
            reason = str(error).splitlines()[0]
            raise FailedError(f"{file} cannot be written, or is in use: {reason}") from None
        self.db.execute("SET TimeZone = 'UTC'")
        self.extra = Counter[str]()
        self._load: dict[str, str] = {}

    def prepare(self, schemas: dict[str, dict[str, Any]]) -> None:
        """Make what tables and columns are missing; none is dropped or changed."""
        there = {
            name for (name,) in self.db.execute("SELECT table_name FROM duckdb_tables()").fetchall()
        }
        if "_sync_state" not in there and there & set(schemas):
            raise FailedError(
                "This file has tables of these names that another program made (PyAirbyte?), and no "
                "state of this one: name a new file."
            )
        self.db.begin()
        self.db.execute(
            "CREATE TABLE IF NOT EXISTS _sync_state (stream VARCHAR PRIMARY KEY, state JSON)"
        )
        for stream, schema in schemas.items():
            self._make(stream, schema)
        self.db.commit()
        self._schemas = schemas

    def states(self) -> list[Any]:
        rows = self.db.execute("SELECT state FROM _sync_state ORDER BY stream").fetchall()
        return [json.loads(state) for (state,) in rows]

    def commit(self, batch: dict[str, list[str]], states: dict[str, Any], anew: set[str]) -> None:
        """Rows and states, all or nothing. The streams in `anew` lose what they had before."""
        self.db.begin()
        for stream in anew:
            self.db.execute(f"DROP TABLE {quoted(stream)}")
            self.db.execute("DELETE FROM _sync_state WHERE stream = ?", [stream])
            self._make(stream, self._schemas[stream])
        for stream, lines in batch.items():
            table = quoted(stream)
            self.db.execute(self._load[stream], [lines])
            self.db.execute(f"DELETE FROM {table} WHERE id IN (SELECT id FROM batch)")
            self.db.execute(
                f"INSERT INTO {table} BY NAME SELECT * EXCLUDE (place) FROM batch "
                "WHERE place IN (SELECT max(place) FROM batch GROUP BY id)"
            )
            (extra,) = self.db.execute(f"SELECT count({EXTRA}) FROM batch").fetchone() or (0,)
            self.extra[stream] += extra
        for stream, state in states.items():
            self.db.execute(
                "INSERT OR REPLACE INTO _sync_state VALUES (?, ?)", [stream, json.dumps(state)]
            )
        self.db.commit()

    def _make(self, stream: str, schema: dict[str, Any]) -> None:
        table = quoted(stream)
        self.db.execute(f"CREATE TABLE IF NOT EXISTS {table} (id VARCHAR, {EXTRA} JSON)")
        for name, about in schema.items():
            if name and "\0" not in name:
                self.db.execute(
                    f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {quoted(name)} {kind(about)}"
                )
        rows = self.db.execute(
            "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = ?", [stream]
        ).fetchall()
        self._load[stream] = loading({name: type_ for name, type_ in rows if name != EXTRA})


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def kind(schema: dict[str, Any]) -> str:
    """The type of a column; JSON for objects, lists and what can be several things."""
    named = schema.get("type", [])
    types = ({named} if isinstance(named, str) else set(named)) - {"null"}
    if schema.get("format") == "date-time":
        return "TIMESTAMP"
    return TYPES.get(types.pop(), "JSON") if len(types) == 1 else "JSON"


def loading(columns: dict[str, str]) -> str:
    """The statement that makes the table `batch` of lines: each parsed once, each value in its column.

    A row without `id` gets one made of its content, so that it too is there once.
    """
    pointers = ["/record/data/" + n.replace("~", "~0").replace("/", "~1") for n in columns]
    fitted, misfits = {}, []
    for number, (name, type_) in enumerate(columns.items(), 1):
        sql = FITTED.get(type_, f"try_cast({{0}} AS {type_})").format(
            f"texts[{number}]", f"jsons[{number}]"
        )
        fitted[name] = f"coalesce({sql}, 'no-id-' || md5(data::VARCHAR))" if name == "id" else sql
        misfits.append(
            f"CASE WHEN texts[{number}] IS NOT NULL AND {sql} IS NULL THEN {text(name)} END"
        )
    listed = f"[{', '.join(map(text, pointers))}]"
    return f"""
        CREATE OR REPLACE TEMP TABLE batch AS
        WITH lines AS (SELECT unnest($1) AS line, generate_subscripts($1, 1) AS place),
        parsed AS (
            SELECT place, line -> '/record/data' AS data,
                json_extract_string(line, {listed}) AS texts, json_extract(line, {listed}) AS jsons
            FROM lines
        ),
        fitted AS (
            SELECT place, {", ".join(f"{sql} AS {quoted(n)}" for n, sql in fitted.items())},
                list_distinct([
                    key FOR key IN json_keys(data)
                    IF key NOT IN ({", ".join(map(text, columns))}) OR key IN ({", ".join(misfits)})
                ]) AS keys,
                data AS {EXTRA}
            FROM parsed
        )
        SELECT * EXCLUDE (keys) REPLACE (
            CASE WHEN len(keys) > 0 THEN to_json(map(keys, [
                {EXTRA} -> ('/' || replace(replace(key, '~', '~0'), '/', '~1')) FOR key IN keys
            ])) END AS {EXTRA})
        FROM fitted"""


def sync(config: str, database: str, full_refresh: bool) -> None:
    connector, warehouse = Connector(), Warehouse(database)
    print("Asking which streams and columns there are.", flush=True)
    streams: list[dict[str, Any]] = []
    with closing(connector.run("discover", config=config)) as messages:
        for _, message in messages:
            streams += message.get("catalog", {}).get("streams", [])
    warehouse.prepare({s["name"]: s["json_schema"]["properties"] for s in streams})

    old = {stream["name"] for stream in streams} if full_refresh else set()  # still to start over
    batch, states = defaultdict[str, list[str]](list), dict[str, Any]()
    read, waiting, committed, failure = Counter[str](), 0, time.monotonic(), None

    def commit(done: bool = False) -> None:
        nonlocal waiting, committed
        anew = old & (old if done else batch.keys())
        old.difference_update(anew)
        # A state that came without rows says nothing yet about a stream that is to start over.
        warehouse.commit(batch, {name: states.pop(name) for name in states.keys() - old}, anew)
        read.update({stream: len(lines) for stream, lines in batch.items()})
        batch.clear()
        waiting, committed = 0, time.monotonic()

    with tempfile.TemporaryDirectory() as folder:
        files = {"config": Path(config), "catalog": Path(folder, "catalog.json")}
        files["catalog"].write_text(json.dumps({"streams": [configured(s) for s in streams]}))
        if not full_refresh and (known := warehouse.states()):
            files["state"] = Path(folder, "state.json")
            files["state"].write_text(json.dumps(known))
        with closing(connector.run("read", **files)) as messages:
            try:
                for stream, message in messages:
                    if stream:
                        batch[stream].append(message)
                        waiting += 1
                    elif message["type"] == "STATE":
                        state = message["state"]
                        states[state["stream"]["stream_descriptor"]["name"]] = state
                    if waiting >= BATCH or (waiting and time.monotonic() - committed > SECONDS):
                        commit()
                        print(f"{read.total():,} rows so far.", flush=True)
            except FailedError as error:  # what could be read is kept, with its state
                failure = error
    commit(done=not failure)
    for stream in sorted(stream["name"] for stream in streams):
        (rows,) = warehouse.db.execute(f"SELECT count(*) FROM {quoted(stream)}").fetchone() or (0,)
        aside = f" ({warehouse.extra[stream]:,} with values only in {EXTRA})"
        print(
            f"{stream}: {read[stream]:,} read, {rows:,} rows"
            + aside * bool(warehouse.extra[stream])
        )
    if failure:
        raise failure


def configured(stream: dict[str, Any]) -> dict[str, Any]:
    return {"stream": stream, "sync_mode": "incremental", "destination_sync_mode": "append_dedup"}


def stop(number: int, _: object) -> None:
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    print("Stopped. What is in the database stays; the next run goes on from there.", flush=True)
    raise SystemExit(128 + number)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("config")
    parser.add_argument("database")
    parser.add_argument(
        "--full-refresh", action="store_true", help="start over: read all, make the tables anew"
    )
    arguments = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    try:
        sync(arguments.config, arguments.database, arguments.full_refresh)
    except (FailedError, duckdb.Error) as error:
        sys.exit(str(error) or 1)


if __name__ == "__main__":
    main()
