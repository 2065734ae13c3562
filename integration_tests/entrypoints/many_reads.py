"""`python many_reads.py CASES RESULTS CATALOG`: one `read` after the other in one process.

CASES is a JSON list of configs; RESULTS takes, for each, how the read ended. A process for each would
spend two seconds on imports, thirty-odd times; and the console script changes its process (logging,
garbage collection), so it cannot be called in that of the tests.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_circle_events.entrypoint import launch


def main() -> None:
    cases, results, catalog = (Path(argument) for argument in sys.argv[1:])
    config = cases.with_name("config.json")
    ends = []
    for case in json.loads(cases.read_text()):
        config.write_text(json.dumps(case))
        ends.append(_end(["read", "--config", str(config), "--catalog", str(catalog)]))
    results.write_text(json.dumps(ends))


def _end(arguments: list[str]) -> tuple[str, str]:
    try:
        launch(arguments)
    except AirbyteTracedException as error:
        return (error.failure_type.value, error.message or "")
    except Exception as error:  # noqa: BLE001 - whatever a read may raise is what is looked for
        return (type(error).__name__, str(error))
    return ("no error", "")


if __name__ == "__main__":
    main()
