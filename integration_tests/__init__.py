"""Tests that use the connector as its users do: as a process that reads the sandbox over HTTP.

- `entrypoints/`: every way to run the connector; its `__init__.py` lists them
- `dbt/`: the dbt package on DuckDB and PostgreSQL, and compiled for other warehouses
- `examples/`: `make demo` and the examples for DuckDB, cron, PyAirbyte and Airbyte's API
- `trials/`: every fault against both forms; a few of them in `make test`, all in `make trials`
- `documents/`: the links, tables and code blocks of the pages are right
"""
