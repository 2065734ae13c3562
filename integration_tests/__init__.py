"""Tests that use the connector as its users do, as a process that asks the sandbox over HTTP.

- `entrypoints/`: every way to the connector; its `__init__.py` says which file holds yours
- `dbt/`: the dbt package on DuckDB and PostgreSQL, and compiled for other warehouses
- `demo/`: `make demo`, the charts, and the examples for DuckDB, cron and PyAirbyte
- `trials/`: every fault against both forms; a quick core in `make test`, all of it in `make trials`
- `documents/`: what the pages say is true
"""
