"""Syncs a community with PyAirbyte, which also writes to other warehouses than DuckDB.

    python examples/sync_with_pyairbyte.py CONFIG DATABASE

Needs Python 3.11 or 3.12, this connector and `pip install airbyte` (600 MB). Into DuckDB it takes nearly
three times as long as `sync_to_duckdb.py`, and it commits at the end of each stream only: a run that
dies reads that stream again. A stream that fails does not stop the others.
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
    os.environ["AIRBYTE_OFFLINE_MODE"] = "1"  # the connector is installed: no registry is needed

    import airbyte
    from airbyte.caches import DuckDBCache
    from airbyte.exceptions import PyAirbyteError

    source = airbyte.get_source(
        "source-circle-events",
        # The console script beside this Python. (With `source_manifest=`, it keeps no state.)
        local_executable=Path(sys.executable).with_name("source-circle-events"),
        config=json.loads(Path(config_file).read_text()),
    )
    failed = []
    # The file holds the state too, beside the tables: the next run continues from there.
    with DuckDBCache(db_path=database_file) as cache:
        for stream in ("events", "member_visits", "tracker_events"):
            try:
                result = source.read(cache=cache, streams=[stream])
                print(
                    f"{stream}: {result.processed_records} records read, {len(result[stream])} rows"
                )
            except PyAirbyteError:  # it has printed the connector's sentence
                failed.append(stream)
if failed:
    sys.exit(f"Not read: {', '.join(failed)}. The lines with ERROR above say why.")
