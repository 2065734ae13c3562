"""`python many_reads.py CASES CATALOG`: one `read` after the other in one process.

CASES is a JSON list of configs. After what each read prints comes a line `end`. A process for each would
spend two seconds on imports, thirty-odd times; and the console script changes its process (logging,
garbage collection), so it cannot be called in that of the tests.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from source_circle_events.entrypoint import launch, tell
from source_circle_events.output.stdout import STDOUT


def main() -> None:
    cases, catalog = (Path(argument) for argument in sys.argv[1:])
    config = cases.with_name("config.json")
    for case in json.loads(cases.read_text()):
        config.write_text(json.dumps(case))
        try:
            launch(["read", "--config", str(config), "--catalog", str(catalog)])
        except Exception as error:  # noqa: BLE001  (as the console script tells it)
            tell(error)
        STDOUT.write("end\n")


if __name__ == "__main__":
    main()
