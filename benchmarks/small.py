"""What a small community costs the service: the first sync, and an hourly one with nothing new."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks import measure as cost
from benchmarks.environments import ROOT, clean_variables
from benchmarks.service import Service, serving
from benchmarks.trial import Bench


def measure(bench: Bench) -> dict[str, dict[str, Any]]:
    """A community two weeks old, with no `start_date`: sixteen years of nothing before it."""
    with (
        serving(events=3000, visits=1500, tracker=1500, days=14, latency=0.3) as service,
        bench.folder() as folder,
    ):
        config = {key: value for key, value in service.config.items() if key != "start_date"}
        (folder / "config.json").write_text(json.dumps(config))
        shutil.copy(ROOT / "examples" / "catalog.json", folder)
        first = _sync(bench, service, folder)
        (folder / "state.json").write_text(json.dumps(_states(folder / "out")))
        second = _sync(bench, service, folder, "--state", "state.json")
    found = {"first": first, "nothing new": second}
    print(json.dumps(found, indent=1))
    return found


def _sync(bench: Bench, service: Service, folder: Path, *more: str) -> dict[str, Any]:
    script = bench.environments.connector / "source-circle-events"
    files = ("--config", "config.json", "--catalog", "catalog.json")
    before = service.requests_so_far()
    spent = cost.run([script, "read", *files, *more], folder, clean_variables(), service.process_id)
    asked = Counter(entry["path"].rpartition("/")[2] for entry in service.requests(before))
    records = (folder / "out").read_bytes().count(b'{"type":"RECORD"')
    return {
        "wall": round(spent.wall, 2),
        "cpu": round(spent.cpu, 2),
        "records": records,
        "requests": asked,
    }


def _states(out: Path) -> list[dict[str, Any]]:
    """The last STATE of each stream."""
    last = {}
    with out.open("rb") as lines:
        for line in lines:
            if line.startswith(b'{"type":"STATE"'):
                state = json.loads(line)["state"]
                last[state["stream"]["stream_descriptor"]["name"]] = state
    return list(last.values())
