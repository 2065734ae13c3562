"""The sandbox as a process of its own, so that it shares no interpreter with what is measured."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from harness.streams import ROOT
from sandbox.sandbox import Client


class Service(Client):
    def __init__(self, config: dict[str, Any], process_id: int) -> None:
        super().__init__(int(config["base_url"].split(":")[2].split("/")[0]), config["api_token"])
        self.config = config
        """What a connector needs to read it."""
        self.process_id = process_id

    def requests_so_far(self) -> int:
        return int(self.stats()["requests"])


@contextmanager
def serving(**options: object) -> Iterator[Service]:
    """A sandbox with `options`, by default without a rate limit and with a history of 90 days that
    ended an hour ago: long settled, nothing is stored after it."""
    until = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
    common = {"visits": 1000, "tracker": 1000, "days": 90, "rate_limit": 0}
    given = {**common, "until": f"{until:%Y-%m-%dT%H:%M:%SZ}", **options}
    flags = [f"--{name.replace('_', '-')}={value}" for name, value in given.items()]
    command = [sys.executable, "-m", "sandbox", "--port=0", "--die-with-parent", *flags]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            if not line:
                sys.exit("The sandbox did not start: try `make sandbox`.")
            yield Service(json.loads(line), process.pid)
        finally:
            process.terminate()
