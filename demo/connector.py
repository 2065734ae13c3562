"""The connector and the example for DuckDB, run as anyone would run them.

In processes of their own; the config lies in a folder that only this user can enter.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from demo.service import RefusedError

_COMMAND = Path(sys.executable).with_name("source-circle-events")
_EXAMPLE = Path(__file__).parents[1] / "examples" / "sync_to_duckdb.py"
_READ = re.compile(r"(\w+): ([\d,]+) read, ")


class Connector:
    def __init__(self, config: Mapping[str, str], private: Path) -> None:
        self._config = private / "config.json"
        self._config.write_text(json.dumps(config))

    def check(self) -> None:
        messages = list(self._messages("check"))
        status = next((m["connectionStatus"] for m in messages if "connectionStatus" in m), {})
        if status.get("status") != "SUCCEEDED":
            raise RefusedError(status.get("message") or _error(messages))

    def discover(self) -> dict[str, Mapping[str, Any]]:
        """Stream -> its JSON schema."""
        messages = list(self._messages("discover"))
        for message in messages:
            if "catalog" in message:
                return {s["name"]: s["json_schema"] for s in message["catalog"]["streams"]}
        raise RefusedError(_error(messages))

    def sync(self, file: Path, say: Callable[[str], None]) -> dict[str, int]:
        """Read what is new since the state in `file` into it; stream -> records received."""
        with subprocess.Popen(
            [sys.executable, _EXAMPLE, self._config, file],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            received = {}
            for line in process.stdout or ():
                say(line.rstrip())
                if found := _READ.match(line):
                    received[found[1]] = int(found[2].replace(",", ""))
            errors = process.stderr.read() if process.stderr else ""
        if process.returncode:
            raise RefusedError(errors.strip() or "The sync failed.")
        return received

    def _messages(self, command: str) -> Iterator[dict[str, Any]]:
        done = subprocess.run(
            [_COMMAND, command, "--config", self._config],
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        for line in done.stdout.splitlines():
            if line.startswith("{"):
                yield json.loads(line)


def _error(messages: list[dict[str, Any]]) -> str:
    said = [m["trace"]["error"]["message"] for m in messages if m.get("trace", {}).get("error")]
    return said[-1] if said else "The connector ended without a word."
