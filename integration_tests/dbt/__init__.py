"""The dbt package in dbt/ on DuckDB and PostgreSQL, and compiled for other warehouses."""
