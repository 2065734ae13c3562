"""What a run wrote, in order."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Output:
    """`marks`: each STATE with the number of records of its stream that came before it."""

    ids: dict[str, list[object]] = field(default_factory=lambda: defaultdict(list))
    """stream -> `id` of each record, None where it has none."""
    marks: list[tuple[str, str, int]] = field(default_factory=list)
    """stream, `created_at` of the STATE, records of the stream before it."""
    states: dict[str, dict[str, Any]] = field(default_factory=dict)
    """stream -> its last STATE, as the platform keeps it."""
    failures: list[dict[str, Any]] = field(default_factory=list)
    """`error` of each TRACE ERROR."""
    logs: list[str] = field(default_factory=list)
    rubbish: list[str] = field(default_factory=list)
    """Lines that are no message of the protocol."""

    @property
    def records(self) -> int:
        return sum(map(len, self.ids.values()))

    def repeated(self) -> int:
        return sum(
            count - 1
            for ids in self.ids.values()
            for identity, count in Counter(map(repr, ids)).items()
            if identity != "None"
        )

    def resume(self) -> list[dict[str, Any]] | None:
        """The input state of a sync that goes on from here; None if there is none to go on from."""
        return list(self.states.values()) or None


def parse(lines: Iterable[str], *, cut: bool = False) -> Output:
    """`cut`: the process was killed, its last line may be half a message."""
    output = Output()
    lines = list(lines)
    for number, line in enumerate(lines):
        try:
            message = json.loads(line)
            kind = message["type"]
        except (ValueError, KeyError, TypeError):
            if not (cut and number == len(lines) - 1):
                output.rubbish.append(line[:300])
            continue
        if kind == "RECORD":
            record = message["record"]
            output.ids[record["stream"]].append(record["data"].get("id"))
        elif kind == "STATE":
            _note(output, message["state"])
        elif kind == "TRACE" and message["trace"]["type"] == "ERROR":
            output.failures.append(message["trace"]["error"])
        elif kind == "LOG":
            output.logs.append(message["log"]["message"])
    return output


def _note(output: Output, state: dict[str, Any]) -> None:
    name = state["stream"]["stream_descriptor"]["name"]
    output.states[name] = {"type": "STREAM", "stream": state["stream"]}
    value = state["stream"]["stream_state"].get("created_at")
    output.marks.append((name, value, len(output.ids[name])))
