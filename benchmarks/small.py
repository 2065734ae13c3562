"""What a small community costs the service: the first sync, and an hourly one with nothing new."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks import measure as cost
from benchmarks.environments import clean_variables
from benchmarks.service import Service, serving
from benchmarks.trial import Bench
from harness import process
from harness.connector import Connector
from harness.protocol import Message, last_states, parsed
from harness.streams import configured


def measure(bench: Bench) -> dict[str, dict[str, Any]]:
    """A community two weeks old, with no `start_date`: sixteen years of nothing before it."""
    with (
        serving(events=3000, visits=1500, tracker=1500, days=14, latency=0.3) as service,
        bench.folder() as folder,
    ):
        config = {key: value for key, value in service.config.items() if key != "start_date"}
        first, states = _sync(bench, service, folder, config, None)
        second, _ = _sync(bench, service, folder, config, states)
    found = {"first": first, "nothing new": second}
    print(json.dumps(found, indent=1))
    return found


def _sync(
    bench: Bench,
    service: Service,
    folder: Path,
    config: Mapping[str, Any],
    state: list[Message] | None,
) -> tuple[dict[str, Any], list[Message] | None]:
    """What it cost, and the state from which the next one goes on."""
    connector = Connector([bench.environments.connector / "source-circle-events"], folder)
    command = connector.arguments("read", config, catalog=configured(), state=state)
    before = service.requests_so_far()
    run = process.run(command, folder, clean_variables())
    output = parsed(run)
    if run.code:
        raise cost.FailedError(f"a sync ended with {run.code}: {output.errors}")
    found = {
        "wall": round(run.seconds, 2),
        "cpu": round(run.cpu, 2),
        "records": output.records,
        "requests": Counter(entry["path"].rpartition("/")[2] for entry in service.requests(before)),
    }
    return found, last_states([output])
