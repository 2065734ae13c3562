"""The same with PyAirbyte, which knows other warehouses too.

    python examples/sync_with_pyairbyte.py CONFIG DATABASE

Needs Python 3.11 or 3.12, this connector and `pip install airbyte`: some 600 MB. Into DuckDB it takes
nearly three times as long as `sync_to_duckdb.py`, and it commits at the end only: a run that dies begins
again.
"""

import json
import os
import signal
import sys
import tempfile
from pathlib import Path

config_file, database_file = sys.argv[1:]
for number in (signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, lambda number, _: sys.exit(128 + number))

# PyAirbyte writes the config, API token included, into a temporary file that everyone may read: the
# folder it lies in is this user's alone, and is removed also after a SIGTERM.
with tempfile.TemporaryDirectory(prefix="circle-") as private:
    os.environ["TMPDIR"] = os.environ["AIRBYTE_TEMP_DIR"] = tempfile.tempdir = private
    os.environ["AIRBYTE_OFFLINE_MODE"] = (
        "1"  # the connector is installed: no registry need be asked
    )

    import airbyte
    from airbyte.caches import DuckDBCache

    source = airbyte.get_source(
        "source-circle-events",
        # The console script beside this Python. (With `source_manifest=`, it keeps no state.)
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
