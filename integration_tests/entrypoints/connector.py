"""Runs a connector's command the way a platform does: files in, a protocol on stdout, an exit code.

One code for all doors that are processes (console script, wheel, Cloud's runtime, image), so that
they are held to the same rules: each line of stdout is a message of the Airbyte protocol.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

ENDPOINTS = {
    "events": "events",
    "member_visits": "member_visits",
    "tracker_events": "analytics_tracker_events",
}
"""stream -> endpoint, by whose name the sandbox knows it."""
STREAMS = tuple(ENDPOINTS)
KINDS = frozenset({"SPEC", "CONNECTION_STATUS", "CATALOG", "RECORD", "STATE", "LOG", "TRACE"})
_CATALOG = Path(__file__).parents[2] / "examples" / "catalog.json"
# One command may not take longer; far above what any needs, so that only a hang meets it.
_LIMIT = 120.0

Message = dict[str, Any]


@dataclass(frozen=True)
class Output:
    """What one command said."""

    code: int
    messages: list[Message]
    stderr: str
    seconds: float

    def of(self, kind: str) -> list[Message]:
        return [message for message in self.messages if message["type"] == kind]

    @property
    def spec(self) -> Message:
        (message,) = self.of("SPEC")
        spec: Message = message["spec"]
        return spec

    @property
    def status(self) -> tuple[str, str]:
        """What `check` found, and its sentence."""
        (message,) = self.of("CONNECTION_STATUS")
        status = message["connectionStatus"]
        return status["status"], status.get("message", "")

    @property
    def streams(self) -> dict[str, Message]:
        """The discovered streams by name."""
        (message,) = self.of("CATALOG")
        return {stream["name"]: stream for stream in message["catalog"]["streams"]}

    @cached_property
    def ids(self) -> dict[str, list[str]]:
        """stream -> the `id` of each record, in the order they came."""
        found: dict[str, list[str]] = defaultdict(list)
        for message in self.of("RECORD"):
            found[message["record"]["stream"]].append(message["record"]["data"]["id"])
        return found

    @cached_property
    def states(self) -> dict[str, Message]:
        """stream -> its last STATE, in the form a platform hands to the next sync."""
        return {
            message["state"]["stream"]["stream_descriptor"]["name"]: {
                "type": "STREAM",
                "stream": message["state"]["stream"],
            }
            for message in self.of("STATE")
        }

    @property
    def cursors(self) -> dict[str, str]:
        """stream -> `created_at` of its last STATE."""
        return {
            name: state["stream"]["stream_state"]["created_at"]
            for name, state in self.states.items()
        }

    @property
    def errors(self) -> list[Message]:
        """`error` of each TRACE that is one."""
        traces = [message["trace"] for message in self.of("TRACE")]
        return [trace["error"] for trace in traces if trace["type"] == "ERROR"]


@dataclass(frozen=True)
class Connector:
    """A command that takes `spec`, `check`, `discover` or `read`; `injected` goes into each config."""

    command: Sequence[str | Path]
    folder: Path
    """Takes the input files and is the working directory."""
    injected: Mapping[str, object] | None = None
    inside: Path | None = None
    """Where the command finds `folder`, if it runs in a container."""

    def run(
        self,
        verb: str,
        config: Mapping[str, object] | None = None,
        *,
        catalog: Mapping[str, object] | None = None,
        state: Iterable[Message] | None = None,
    ) -> Output:
        files: dict[str, object] = {}
        if config is not None:
            files["config"] = {**config, **(self.injected or {})}
        if catalog is not None:
            files["catalog"] = catalog
        if state is not None:
            files["state"] = list(state)
        arguments: list[str | Path] = [*self.command, verb]
        for name, content in files.items():
            path = self.folder / f"{name}.json"
            path.write_text(json.dumps(content))
            path.chmod(0o644)
            arguments += [f"--{name}", (self.inside or self.folder) / path.name]
        started = time.monotonic()
        process = subprocess.run(
            arguments,
            cwd=self.folder,
            # Proxies are for other hosts than loopback.
            env={**os.environ, "NO_PROXY": "*", "no_proxy": "*"},
            capture_output=True,
            timeout=_LIMIT,
            check=False,
        )
        seconds = time.monotonic() - started
        # Not `splitlines`, which also splits at separators that records may contain.
        messages = [_message(line) for line in process.stdout.removesuffix(b"\n").split(b"\n")]
        return Output(process.returncode, messages, process.stderr.decode(), seconds)


def _message(line: bytes) -> Message:
    try:
        message = json.loads(line)
    except ValueError:
        message = None
    assert isinstance(message, dict), f"not a protocol message on stdout: {line[:300]!r}"
    assert message.get("type") in KINDS, f"not a protocol message on stdout: {line[:300]!r}"
    return message


def in_time(seconds: float, run: Callable[[], Output]) -> Output:
    """Run it, up to three times until it took less than `seconds`.

    Bars are for a machine with nothing else to do: where several processes share a core, as when
    tests run side by side, a command may take as many times longer.
    """
    for _ in range(3):
        output = run()
        allowed = seconds * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
        if output.seconds < allowed:
            return output
    raise AssertionError(f"took {output.seconds:.1f} s, {allowed:.1f} s are allowed")


def configured(*streams: str, mode: str = "incremental") -> Message:
    """The examples' configured catalog, with these streams (all by default)."""
    catalog: Message = json.loads(_CATALOG.read_bytes())
    chosen = [one for one in catalog["streams"] if one["stream"]["name"] in (streams or STREAMS)]
    return {"streams": [{**one, "sync_mode": mode} for one in chosen]}
