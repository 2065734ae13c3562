"""Whom the demo talks to: the sandbox, or the service that the environment names."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

Config = Mapping[str, str]

GROWTH = 300
"""New records a minute in the sandbox, so that a few seconds bring some to each stream."""


class RefusedError(Exception):
    """There is no going on with this service; the text is a sentence about why, and what to do."""


@dataclass(frozen=True)
class Service:
    config: Config
    is_sandbox: bool

    @property
    def shown_config(self) -> str:
        """The config as JSON, fit for a screen."""
        token = self.config["api_token"] if self.is_sandbox else "(from CIRCLE_API_TOKEN)"
        return json.dumps({**self.config, "api_token": token}, indent=2)


def own_community() -> Service | None:
    """The service that CIRCLE_API_TOKEN opens; None without one."""
    names = ("api_token", "base_url", "start_date")
    given = {name: os.environ.get(f"CIRCLE_{name.upper()}", "") for name in names}
    if not given["api_token"]:
        return None
    return Service({name: value for name, value in given.items() if value}, is_sandbox=False)


def start_sandbox(events: int) -> Service:
    """A sandbox with so many events, in a process that ends with this one.

    The rows settle within `settling_period`: a minute by default, which would be a minute of waiting
    for the second sync; the sandbox stores its rows at once.
    """
    sizes = {"events": events, "visits": events // 4, "tracker": events // 4, "days": 180}
    options = [f"--{name}={value}" for name, value in {**sizes, "growth": GROWTH}.items()]
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox", "--port=0", "--die-with-parent", *options],
        cwd=Path(__file__).parents[1],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    config = json.loads(process.stdout.readline() or "{}")
    if not config:
        raise RefusedError("The sandbox did not start.")
    return Service({**config, "settling_period": "PT5S"}, is_sandbox=True)
