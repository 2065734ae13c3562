"""Short commands: what a small community's syncs cost the service, how long a command takes to start."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from benchmarks.bench import Bench, FailedError, cost
from benchmarks.environments import clean_variables
from benchmarks.programs import Command
from benchmarks.results import Run, Runs, middle, table
from benchmarks.service import Service, serving
from harness import process
from harness.connector import Connector
from harness.protocol import Message, last_states, parsed
from harness.streams import configured


def small(bench: Bench, _: int) -> dict[str, Run]:
    """Requests of a small community's syncs: no `start_date`, sixteen years of nothing before it."""
    sizes = {"events": 3000, "visits": 1500, "tracker": 1500, "days": 14}
    with serving(**sizes, latency=0.3) as service, bench.folder() as folder:
        config = {key: value for key, value in service.config.items() if key != "start_date"}
        connector = Connector([bench.environments.connector / "source-circle-events"], folder)
        first, states = _sync(connector, service, config, None)
        second, _states = _sync(connector, service, config, states)
    found = {"first": first, "nothing new": second}
    print(json.dumps(found, indent=1))
    return found


def _sync(
    connector: Connector, service: Service, config: Mapping[str, Any], state: list[Message] | None
) -> tuple[Run, list[Message] | None]:
    """What it cost, and the state from which the next one goes on."""
    command = connector.arguments("read", config, catalog=configured(), state=state)
    before = service.requests_so_far()
    run = process.run(command, connector.folder, clean_variables())
    output = parsed(run)
    if run.code:
        raise FailedError(f"a sync ended with {run.code}: {output.errors}")
    asked = Counter(entry["path"].rpartition("/")[2] for entry in service.requests(before))
    spent = {"wall": round(run.seconds, 2), "cpu": round(run.cpu, 2)}
    return {**spent, "records": output.records, "requests": asked}, last_states([output])


def small_text(findings: dict[str, Run]) -> str:
    rows = []
    for name, run in findings.items():
        requests = ", ".join(f"{stream}: {count}" for stream, count in run["requests"].items())
        rows.append((name, requests, f"{run['records']:,}", f"{run['wall']:.1f} s"))
    return (
        "## A small community\n\nTwo weeks old, 3,000 events, 1,500 visits and tracker events each, "
        "no `start_date`, 0.3 s a page.\n\n" + table("sync|requests|records|wall", rows)
    )


def startup(bench: Bench, rounds: int) -> Runs:
    """Seconds before a command does anything: imports, spec, check, discover."""
    script, python = (bench.environments.connector / n for n in ("source-circle-events", "python"))
    commands: dict[str, Command] = {
        "python -c pass": [python, "-c", "pass"],
        "import airbyte_cdk": [python, "-c", "import airbyte_cdk"],
        "spec": [script, "spec"],
        "check": [script, "check", "--config", "config.json"],
        "discover": [script, "discover", "--config", "config.json"],
    }
    found: Runs = {name: [] for name in commands}
    with serving(events=1000) as service, bench.folder() as folder:
        (folder / "config.json").write_text(json.dumps(service.config))
        for _ in range(rounds):
            for name, command in commands.items():
                spent = cost(command, folder, service)
                found[name].append({key: round(spent[key], 2) for key in ("wall", "cpu")})
                print(name, found[name][-1], flush=True)
    return found


def startup_text(findings: Runs) -> str:
    rows = (
        (f"`{name}`", f"{middle(runs, 'wall'):.2f} s", f"{middle(runs, 'cpu'):.2f} s")
        for name, runs in findings.items()
    )
    return "## Start-up\n\n" + table("command|wall|CPU", rows)
