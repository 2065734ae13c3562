"""The tables that `sync_to_duckdb.py` fills: one a stream, and the state of the sync beside them.

No statement has parameters: DuckDB would import pandas to look at them, 95 MB and a third of a second.
"""

import json
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb

SETTINGS = {
    "threads": 1,  # half the CPU of two, and the connector needs the other core
    "TimeZone": "UTC",
    "wal_autocheckpoint": "64MB",  # each checkpoint writes the last rows anew
}
EXTRA = "_extra"
"""The column of what has no column of its own, or does not fit the one it has: JSON, by field."""
TYPES = {"string": "VARCHAR", "integer": "BIGINT", "number": "DOUBLE", "boolean": "BOOLEAN"}
FITTED = {
    "VARCHAR": "{0}",
    "BIGINT": "CASE WHEN try_cast({0} AS BIGINT)::VARCHAR = {0} THEN try_cast({0} AS BIGINT) END",
    "DOUBLE": "CASE WHEN isfinite(try_cast({0} AS DOUBLE)) AND ({0} SIMILAR TO '.*[.eE].*' "
    "OR abs(try_cast({0} AS DOUBLE)) <= 9007199254740992) THEN try_cast({0} AS DOUBLE) END",
    "BOOLEAN": "CASE {0} WHEN 'true' THEN true WHEN 'false' THEN false END",
    # By way of TIMESTAMPTZ, since a cast to TIMESTAMP drops the offset; the column is in UTC.
    "TIMESTAMP": "CASE WHEN {0} LIKE '____-__-__%' "
    "THEN try_cast({0} AS TIMESTAMPTZ) AT TIME ZONE 'UTC' END",
    "JSON": "CASE WHEN {0} IS NOT NULL THEN json -> {1} END",
}
"""A column's value from JSON, as text {0} and where it is {1}; NULL where it would not be exact."""


class FailedError(Exception):
    """The sync cannot go on, or not all could be read; the text says why, if nothing has yet."""


class Tables:
    """DuckDB lets one process in, so nobody else changes them meanwhile."""

    def __init__(self, file: str) -> None:
        try:
            self._db = duckdb.connect(file)
        except duckdb.Error as error:
            reason = str(error).splitlines()[0]
            raise FailedError(f"{file} cannot be written, or is in use: {reason}") from None
        # DuckDB opens a file of data, JSON or CSV, as a database in memory.
        query = "SELECT path FROM duckdb_databases() WHERE database_name = current_database()"
        if not self._value(query):
            raise FailedError(f"{file} is no DuckDB file: name another.")
        for name, value in SETTINGS.items():
            self._db.execute(f"SET {name} = '{value}'")
        self._file = file
        self._folder = tempfile.TemporaryDirectory()
        self._schemas: dict[str, dict[str, Any]] = {}
        self._columns: dict[str, dict[str, str]] = {}
        self.read, self.extra = Counter[str](), Counter[str]()
        """Stream -> rows committed, and how many of them have something in EXTRA."""

    def prepare(self, schemas: dict[str, dict[str, Any]]) -> None:
        """Make what tables and columns are missing; none is dropped, and none gets another type."""
        there = {name for (name,) in self._db.execute("SHOW TABLES").fetchall()}
        if "_sync_state" not in there and there & schemas.keys():
            raise FailedError(
                f"{self._file} has tables that another program made: name a new file."
            )
        self._schemas = schemas
        self._db.begin()
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS _sync_state (stream VARCHAR PRIMARY KEY, state JSON)"
        )
        for stream in schemas:
            self._make(stream)
        self._db.commit()

    def states(self) -> list[Any]:
        rows = self._db.execute("SELECT state FROM _sync_state ORDER BY stream").fetchall()
        return [json.loads(state) for (state,) in rows]

    def rows(self, stream: str) -> int:
        return int(self._value(f"SELECT count(*) FROM {_quoted(stream)}"))

    def commit(self, batch: dict[str, list[bytes]], states: dict[str, Any], anew: set[str]) -> None:
        """The lines of RECORD messages and the states, all or nothing; of the streams in `anew`,
        what was there before is gone with it."""
        self._db.begin()
        for stream in anew:
            self._db.execute(f"DROP TABLE {_quoted(stream)}")
            self._db.execute(f"DELETE FROM _sync_state WHERE stream = {_text(stream)}")
            self._make(stream)
        for stream, lines in batch.items():
            table = _quoted(stream)
            file = Path(self._folder.name, "lines")
            size = file.write_bytes(b"".join(lines))
            self._db.execute(_loading(self._columns[stream], file, size))
            # No index: it would cost more memory than all the rest, and this is as fast.
            self._db.execute(f"DELETE FROM {table} WHERE id IN (SELECT id FROM batch)")
            self._db.execute(
                f"INSERT INTO {table} BY NAME SELECT * FROM batch "
                "WHERE rowid IN (SELECT max(rowid) FROM batch GROUP BY id)"
            )
            self.read[stream] += len(lines)
            self.extra[stream] += self._value(f"SELECT count({EXTRA}) FROM batch")
        for stream, state in states.items():
            row = f"{_text(stream)}, {_text(json.dumps(state))}"
            self._db.execute(f"INSERT OR REPLACE INTO _sync_state VALUES ({row})")
        self._db.commit()

    def _value(self, query: str) -> Any:
        """The first column of the first row."""
        return (self._db.execute(query).fetchone() or [None])[0]

    def _make(self, stream: str) -> None:
        table = _quoted(stream)
        self._db.execute(f"CREATE TABLE IF NOT EXISTS {table} (id VARCHAR, {EXTRA} JSON)")
        for name, schema in self._schemas[stream].items():
            if name and "\0" not in name:
                self._db.execute(
                    f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {_quoted(name)} {_type(schema)}"
                )
        columns = self._db.execute(f"DESCRIBE {table}").fetchall()
        self._columns[stream] = {name: kind for name, kind, *_ in columns if name != EXTRA}


def _type(schema: dict[str, Any]) -> str:
    """JSON for objects, lists and what can be several things."""
    named = schema.get("type", [])
    types = ({named} if isinstance(named, str) else set(named)) - {"null"}
    if types == {"string"} and schema.get("format") == "date-time":
        return "TIMESTAMP"
    return TYPES.get(types.pop(), "JSON") if len(types) == 1 else "JSON"


def _loading(columns: dict[str, str], file: Path, size: int) -> str:
    """The statement that makes the table `batch` of the lines in `file`, each value in its column.

    A row without `id` gets one made of its content, so that it too is there once. EXTRA is the row
    without the fields that fit their columns: taken away by a merge with null, as JSON has it.
    """
    data = "json -> '/record/data'"
    names = f"[{', '.join(map(_text, columns))}]"
    pointers = [
        _text("/record/data/" + name.replace("~", "~0").replace("/", "~1")) for name in columns
    ]
    fitted, misfits = [], []
    for number, (name, kind) in enumerate(columns.items(), 1):
        text = f"texts[{number}]"
        sql = FITTED.get(kind, f"try_cast({{0}} AS {kind})").format(text, pointers[number - 1])
        misfits.append(f"CASE WHEN {text} IS NOT NULL AND {sql} IS NULL THEN {_text(name)} END")
        if name == "id":
            sql = f"coalesce({sql}, 'no-id-' || md5(({data})::VARCHAR))"
        fitted.append(f"{sql} AS {_quoted(name)}")
    return f"""
        CREATE OR REPLACE TEMP TABLE batch AS
        WITH parsed AS (
            SELECT json, json_keys(json, '/record/data') AS keys,
                json_extract_string(json, [{", ".join(pointers)}]) AS texts
            FROM read_json_objects({_text(str(file))},
                format = 'newline_delimited', maximum_object_size = {size})
        ),
        fitted AS (
            SELECT json, keys, {", ".join(fitted)}, [{", ".join(misfits)}] AS misfits FROM parsed
        )
        SELECT * EXCLUDE (json, keys, misfits),
            CASE WHEN NOT list_has_all({names}, keys) OR list_aggregate(misfits, 'count') > 0
            THEN json_merge_patch({data}, to_json(map_from_entries(
                [(name, NULL) FOR name IN {names} IF NOT list_contains(misfits, name)]))) END
            AS {EXTRA}
        FROM fitted"""


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
