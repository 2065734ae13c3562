"""The tables that `sync_to_duckdb.py` fills: one a stream, and the state of the sync beside them."""

import json
from collections import Counter
from typing import Any

import duckdb

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
    "JSON": "CASE WHEN {1}::VARCHAR <> 'null' THEN {1} END",
}
"""A column's value from JSON, as text {0} and as it came {1}; NULL where it would not be exact."""


class Tables:
    """DuckDB lets one process in, so nobody else changes them meanwhile."""

    def __init__(self, file: str) -> None:
        """`duckdb.Error` where the file is in use, cannot be written or is no database."""
        self._db = duckdb.connect(file)
        self._db.execute("SET TimeZone = 'UTC'")
        self._schemas: dict[str, dict[str, Any]] = {}
        self._load: dict[str, str] = {}
        self.extra = Counter[str]()
        """Stream -> rows committed that have something in EXTRA."""

    def on_disk(self) -> bool:
        """False where DuckDB opened a file of data, JSON or CSV, as a database in memory."""
        query = "SELECT path FROM duckdb_databases() WHERE database_name = current_database()"
        found = self._db.execute(query).fetchone()
        return bool(found and found[0])

    def are_ours(self, streams: set[str]) -> bool:
        """Whether the tables of these names, if there are any, were made by this program."""
        rows = self._db.execute("SELECT table_name FROM duckdb_tables()").fetchall()
        there = {name for (name,) in rows}
        return "_sync_state" in there or not there & streams

    def prepare(self, schemas: dict[str, dict[str, Any]]) -> None:
        """Make what tables and columns are missing; none is dropped, and none gets another type."""
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
        found = self._db.execute(f"SELECT count(*) FROM {_quoted(stream)}").fetchone()
        return int(found[0]) if found else 0

    def commit(self, batch: dict[str, list[str]], states: dict[str, Any], anew: set[str]) -> None:
        """The lines of RECORD messages and the states, all or nothing; of the streams in `anew`,
        what was there before is gone with it."""
        self._db.begin()
        for stream in anew:
            self._db.execute(f"DROP TABLE {_quoted(stream)}")
            self._db.execute("DELETE FROM _sync_state WHERE stream = ?", [stream])
            self._make(stream)
        for stream, lines in batch.items():
            table = _quoted(stream)
            self._db.execute(self._load[stream], [lines])
            # No index: it would cost more memory than all the rest, and this is as fast.
            self._db.execute(f"DELETE FROM {table} WHERE id IN (SELECT id FROM batch)")
            self._db.execute(
                f"INSERT INTO {table} BY NAME SELECT * EXCLUDE (place) FROM batch "
                "WHERE place IN (SELECT max(place) FROM batch GROUP BY id)"
            )
            found = self._db.execute(f"SELECT count({EXTRA}) FROM batch").fetchone()
            self.extra[stream] += found[0] if found else 0
        for stream, state in states.items():
            self._db.execute(
                "INSERT OR REPLACE INTO _sync_state VALUES (?, ?)", [stream, json.dumps(state)]
            )
        self._db.commit()

    def _make(self, stream: str) -> None:
        table = _quoted(stream)
        self._db.execute(f"CREATE TABLE IF NOT EXISTS {table} (id VARCHAR, {EXTRA} JSON)")
        for name, schema in self._schemas[stream].items():
            if name and "\0" not in name:
                self._db.execute(
                    f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {_quoted(name)} {_type(schema)}"
                )
        columns = self._db.execute(
            "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = ?", [stream]
        ).fetchall()
        self._load[stream] = _loading({name: kind for name, kind in columns if name != EXTRA})


def _type(schema: dict[str, Any]) -> str:
    """JSON for objects, lists and what can be several things."""
    named = schema.get("type", [])
    types = ({named} if isinstance(named, str) else set(named)) - {"null"}
    if types == {"string"} and schema.get("format") == "date-time":
        return "TIMESTAMP"
    return TYPES.get(types.pop(), "JSON") if len(types) == 1 else "JSON"


def _loading(columns: dict[str, str]) -> str:
    """The statement that makes the table `batch` of lines: parsed once, each value in its column.

    A row without `id` gets one made of its content, so that it too is there once.
    """
    pointers = ["/record/data/" + n.replace("~", "~0").replace("/", "~1") for n in columns]
    fitted, misfits = [], []
    for number, (name, kind) in enumerate(columns.items(), 1):
        sql = FITTED.get(kind, f"try_cast({{0}} AS {kind})")
        sql = sql.format(f"texts[{number}]", f"jsons[{number}]")
        misfits.append(
            f"CASE WHEN texts[{number}] IS NOT NULL AND {sql} IS NULL THEN {_text(name)} END"
        )
        if name == "id":
            sql = f"coalesce({sql}, 'no-id-' || md5(data::VARCHAR))"
        fitted.append(f"{sql} AS {_quoted(name)}")
    listed = f"[{', '.join(map(_text, pointers))}]"
    return f"""
        CREATE OR REPLACE TEMP TABLE batch AS
        WITH lines AS (SELECT unnest($1) AS line, generate_subscripts($1, 1) AS place),
        parsed AS (
            SELECT place, line -> '/record/data' AS data,
                json_extract_string(line, {listed}) AS texts, json_extract(line, {listed}) AS jsons
            FROM lines
        ),
        fitted AS (
            SELECT place, {", ".join(fitted)}, data AS {EXTRA}, [{", ".join(misfits)}] AS misfits,
                [key FOR key IN json_keys(data) IF key NOT IN ({", ".join(map(_text, columns))})]
                    AS unknown
            FROM parsed
        )
        SELECT * EXCLUDE (misfits, unknown) REPLACE (
            CASE WHEN len(unknown) > 0 OR list_aggregate(misfits, 'count') > 0 THEN to_json(map(
                list_distinct(list_concat(unknown, misfits)), [
                    {EXTRA} -> ('/' || replace(replace(key, '~', '~0'), '/', '~1'))
                    FOR key IN list_distinct(list_concat(unknown, misfits))
                ])) END AS {EXTRA})
        FROM fitted"""


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
