"""What is done to the process itself: it is killed, and its pipe is read slowly."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from sandbox import Sandbox
from trials.kills_and_states import KillTrial
from trials.process import Kill, command
from trials.scenario import Scenario
from trials.world import STREAMS, World

_SLOW = {"latency": 0.5}


@pytest.mark.parametrize("sig", [signal.SIGKILL, signal.SIGTERM])
def test_killed_in_the_middle_and_resumed(
    sig: signal.Signals, world: World, tmp_path: Path
) -> None:
    scenario = Scenario("kills", sig.name, _SLOW, {"num_workers": 2})
    verdict = KillTrial(scenario, "package", world, tmp_path, Kill(3_000, 0.2, sig)).judge()
    assert not verdict.wrong
    assert verdict.exits == (-sig, 0)


def test_a_slow_reader_gets_every_line_whole(world: World, tmp_path: Path) -> None:
    """A full pipe takes a page in pieces, and with PYTHONUNBUFFERED a write may take a part only:
    a line of the log must not come between the pieces, and no piece may be lost."""
    faults = {"fault": ["500,every=3"]}
    with Sandbox(world.options(faults)) as api:
        arguments = command("package", tmp_path, api.config())
        with subprocess.Popen(
            arguments,
            env={**os.environ, "PYTHONUNBUFFERED": "1", "NO_PROXY": "*"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            assert process.stdout is not None
            pieces = []
            while piece := os.read(process.stdout.fileno(), 20_000):
                pieces.append(piece)
                time.sleep(0.001)
            assert process.wait() == 0
        truth = {stream: set(api.ids(endpoint)) for stream, endpoint in STREAMS.items()}
    messages = [json.loads(line) for line in b"".join(pieces).splitlines()]
    for stream, ids in truth.items():
        got = [m["record"]["data"]["id"] for m in messages if _is_of(m, stream)]
        assert len(got) == len(ids)
        assert set(got) == ids


def _is_of(message: dict[str, Any], stream: str) -> bool:
    return bool(message["type"] == "RECORD" and message["record"]["stream"] == stream)
