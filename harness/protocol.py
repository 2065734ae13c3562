"""Parses the output of a command: one Airbyte message on each line."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from harness.process import Run

Message = dict[str, Any]
KINDS = frozenset(
    {"SPEC", "CONNECTION_STATUS", "CATALOG", "RECORD", "STATE", "LOG", "TRACE", "DEBUG"}
)
"""The CDK writes DEBUG with `--debug`."""


@dataclass
class Output:
    """A command's messages, in the order they came."""

    run: Run
    ids: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    """stream -> `id` of each record, None where it has none."""
    marks: list[tuple[str, Any, int]] = field(default_factory=list)
    """stream, `created_at` of a STATE (None where it has none), records of the stream before it."""
    states: dict[str, Message] = field(default_factory=dict)
    """stream -> its last STATE, in the form a platform hands to the next sync."""
    errors: list[Message] = field(default_factory=list)
    """`error` of each TRACE that is one."""
    first_error: int | None = None
    """Number of the line that holds the first of them."""
    logs: list[str] = field(default_factory=list)
    invalid_lines: list[str] = field(default_factory=list)
    """Lines that are no message of the protocol."""

    @property
    def code(self) -> int:
        return self.run.code

    @cached_property
    def messages(self) -> list[Message]:
        return [json.loads(line) for line in self.run.lines]

    def of(self, kind: str) -> list[Message]:
        return [message for message in self.messages if message["type"] == kind]

    @property
    def spec(self) -> Message:
        (message,) = self.of("SPEC")
        spec: Message = message["spec"]
        return spec

    @property
    def status(self) -> tuple[str, str]:
        """The status that `check` reports, and its message."""
        (message,) = self.of("CONNECTION_STATUS")
        status = message["connectionStatus"]
        return status["status"], status.get("message", "")

    @property
    def streams(self) -> dict[str, Message]:
        """The discovered streams by name."""
        (message,) = self.of("CATALOG")
        return {stream["name"]: stream for stream in message["catalog"]["streams"]}

    @property
    def records(self) -> int:
        return sum(map(len, self.ids.values()))

    def repeated(self) -> int:
        """The number of records with an id that had come before."""
        return sum(
            count - 1
            for ids in self.ids.values()
            for identity, count in Counter(map(repr, ids)).items()
            if identity != "None"
        )


def parsed(run: Run, *, cut: bool = False) -> Output:
    """`cut`: the process was stopped, so that its last line may be incomplete."""
    output = Output(run)
    last = len(run.lines) - 1
    for number, line in enumerate(run.lines):
        message = _message(line)
        if message is not None:
            _note(output, message, number)
        elif not (cut and number == last):
            output.invalid_lines.append(line[:300].decode(errors="replace"))
    return output


def last_states(outputs: Iterable[Output]) -> list[Message] | None:
    """The state from which the next sync continues; None if these syncs wrote no state."""
    kept: dict[str, Message] = {}
    for output in outputs:
        kept.update(output.states)
    return list(kept.values()) or None


def _message(line: bytes) -> Message | None:
    try:
        message = json.loads(line)
    except ValueError:
        return None
    return message if isinstance(message, dict) and message.get("type") in KINDS else None


def _note(output: Output, message: Message, number: int) -> None:
    match message["type"]:
        case "RECORD":
            record = message["record"]
            output.ids[record["stream"]].append(record["data"].get("id"))
        case "STATE":
            stream = message["state"]["stream"]
            name = stream["stream_descriptor"]["name"]
            output.states[name] = {"type": "STREAM", "stream": stream}
            value = stream["stream_state"].get("created_at")
            output.marks.append((name, value, len(output.ids.get(name, ()))))
        case "TRACE" if message["trace"]["type"] == "ERROR":
            if output.first_error is None:
                output.first_error = number
            output.errors.append(message["trace"]["error"])
        case "LOG":
            output.logs.append(message["log"]["message"])
