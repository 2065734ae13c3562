"""How long a command takes before it does anything: imports, spec, check, discover."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks import measure as cost
from benchmarks import results
from benchmarks.environments import clean_variables
from benchmarks.service import serving
from benchmarks.trial import Bench


def measure(bench: Bench, rounds: int) -> dict[str, list[results.Run]]:
    connector = bench.environments.connector
    script, python = connector / "source-circle-events", connector / "python"
    commands: dict[str, list[str | Path]] = {
        "python -c pass": [python, "-c", "pass"],
        "import airbyte_cdk": [python, "-c", "import airbyte_cdk"],
        "spec": [script, "spec"],
        "check": [script, "check", "--config", "config.json"],
        "discover": [script, "discover", "--config", "config.json"],
    }
    found: dict[str, list[results.Run]] = {name: [] for name in commands}
    with serving(events=1000) as service, bench.folder() as folder:
        (folder / "config.json").write_text(json.dumps(service.config))
        for _ in range(rounds):
            for name, command in commands.items():
                spent = cost.run(command, folder, clean_variables(), service.process_id)
                found[name].append({"wall": round(spent.wall, 2), "cpu": round(spent.cpu, 2)})
    for name, runs in found.items():
        print(
            f"{name:20} wall {results.middle(runs, 'wall'):.2f} s, "
            f"CPU {results.middle(runs, 'cpu'):.2f} s"
        )
    return found
