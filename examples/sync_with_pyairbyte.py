"""Your community in a DuckDB file. Run it again, and only what is new is read.

    python examples/sync_to_duckdb.py config.json circle.duckdb

config.json: {"api_token": "...", "start_date": "2025-01-01"}
Needs Python 3.11 or 3.12 with this connector and `pip install airbyte` in it.
"""

import json
import os
import sys
from pathlib import Path

os.environ["AIRBYTE_OFFLINE_MODE"] = "1"  # the connector is installed: no registry need be asked

import airbyte
from airbyte.caches import DuckDBCache

config_file, database_file = sys.argv[1:]

source = airbyte.get_source(
    "source-circle-events",
    # The console script beside this Python. (With `source_manifest=`, PyAirbyte keeps no state.)
    local_executable=Path(sys.executable).with_name("source-circle-events"),
    config=json.loads(Path(config_file).read_text()),
    streams=["events", "member_visits", "tracker_events"],
)
source.check()

# The file holds the state too, beside the tables: from there the next run goes on.
with DuckDBCache(db_path=database_file) as cache:
    result = source.read(cache=cache)
    print(f"{result.processed_records} records read")
    for stream, table in result.items():
        print(f"{stream}: {len(table)} rows")
