"""`python -m benchmarks.check OUTPUT FOLDER ORIGIN`: did a run read every event of the sandbox?

OUTPUT says how the program left its records in FOLDER. Prints their number.
"""

from __future__ import annotations

import json
import os
import sys
from urllib.request import urlopen

import duckdb

IDS = {
    "airbyte": """
        SELECT json->>'$.record.data.id' FROM read_ndjson_objects('out')
        WHERE json->>'$.type' = 'RECORD'""",
    "dlt_files": """
        SELECT unnest(json->>'$[*].id')
        FROM read_ndjson_objects('pipelines/**/new_jobs/events.*')""",
    "dlt_duckdb": "SELECT id FROM dlt.events",
    "duckdb": "SELECT id FROM events",
}
"""The query for the ids, in circle.duckdb or in files, by output."""


def main(output: str, folder: str, origin: str) -> None:
    with urlopen(f"{origin}/_sandbox/ids?stream=events&created_at=0") as answer:
        stored = json.load(answer)["ids"]
    os.chdir(folder)
    with duckdb.connect("circle.duckdb") as database:
        found = [row[0] for row in database.execute(IDS[output]).fetchall()]
    # The manifest alone remembers no records: those at the end of a page come twice.
    if {*found} != {*stored} or len(found) > 1.01 * len(stored):
        known = len({*found} & {*stored})
        sys.exit(f"{output}: {len(found)} records, {known} of {len(stored)} ids")
    print(len(stored))


if __name__ == "__main__":
    main(*sys.argv[1:])
