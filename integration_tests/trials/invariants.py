"""What must hold in every trial. Each check returns what is wrong, in short sentences."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from harness.process import Run
from harness.protocol import Output
from integration_tests.trials.scenario import Runtime
from integration_tests.trials.world import TOKEN_END, Rows, came_without_id

_HEARTBEAT = 600.0
"""Seconds of silence after which the platform ends a source."""
_TOKEN = TOKEN_END.encode()
_CODE = re.compile(
    r"Something went wrong|"
    r"Traceback|File \"|Exception|Error\(|Pool\(|object at 0x|NoneType|KeyError|\{\{|not specified"
)
_ABOUT_STATE = re.compile("state|created_at|cursor|datetime|time data|no format in", re.IGNORECASE)
# What the CDK puts before the message of a filter, and its summary, which quotes the errors.
_PREFIX = re.compile(r"^Exhausted available request attempts\. .*? Exception: ")
_SUMMARY = re.compile("During the sync, the following streams did not sync successfully")


def complete(outputs: Iterable[Output], expected: Rows) -> list[str]:
    """Every expected id was emitted by one of the runs."""
    wrong = []
    runs = list(outputs)
    for stream, rows in expected.items():
        emitted = {identity for run in runs for identity in run.ids[stream]}
        if missing := len(rows.keys() - emitted):
            wrong.append(f"{missing} of {len(rows)} {stream} lost")
    return wrong


def no_strangers(run: Output, known: Rows, *, once: bool) -> list[str]:
    """No row that the service does not have or that is older than the state; none twice if `once`."""
    wrong = []
    for stream, ids in run.ids.items():
        if strange := {i for i in ids if not came_without_id(i)} - known[stream].keys():
            wrong.append(f"{len(strange)} {stream} not of the service, or older than the state")
    if once and (repeated := run.repeated()):
        wrong.append(f"{repeated} records emitted twice")
    return wrong


def states_behind_records(run: Output, before: Iterable[Output], expected: Rows) -> list[str]:
    """No STATE covers an expected record that was not emitted before it."""
    worst: Counter[str] = Counter()
    earlier = list(before)
    for stream, rows in expected.items():
        had = {identity for output in earlier for identity in output.ids[stream]}
        missing = {i: _moment(created_at) for i, created_at in rows.items() if i not in had}
        emitted = 0
        for name, value, count in run.marks:
            if name != stream or value is None:
                continue
            for identity in run.ids[stream][emitted:count]:
                missing.pop(identity, None)
            emitted, said = count, _moment(value)
            ahead = sum(created_at <= said for created_at in missing.values())
            worst[stream] = max(worst[stream], ahead)
    return [f"a STATE of {stream} is {n} records ahead" for stream, n in worst.items() if n]


def explained(run: Output, failure: str | None, runtime: Runtime) -> list[str]:
    """A run that failed says why in plain sentences, with the right failure_type."""
    if not run.errors:
        return ["failed without a TRACE ERROR"]
    wrong, errors = [], run.errors
    if runtime == "manifest":
        if failure == "transient_error":
            failure = None  # the CDK chooses the type when retries did not help
        errors = [e for e in errors if not _SUMMARY.match(e.get("message") or "")]
    for error in errors:
        message = _PREFIX.sub("", error.get("message") or "")
        if _CODE.search(message) or len(message) < 30 or not message.rstrip().endswith("."):
            wrong.append(f"no plain sentence: {message[:300]!r}")
    kinds = {error.get("failure_type") for error in errors}
    if failure and kinds != {failure}:
        wrong.append(f"failure_type {sorted(map(str, kinds))}, not {failure}")
    return list(dict.fromkeys(wrong))


def about_state(output: Output) -> list[str]:
    """An error is about the state, in its message or its internal message."""
    texts = [f"{e.get('message')} {e.get('internal_message')}" for e in output.errors]
    about = any(map(_ABOUT_STATE.search, texts))
    return [] if about else ["failed, and not because of its state"]


def behaved(output: Output) -> list[str]:
    """It ends, is never silent for long, prints nothing but the protocol, and no traceback."""
    run, wrong = output.run, []
    if run.hung:
        wrong.append(f"still running after {run.seconds:.0f} s")
    if run.silence > _HEARTBEAT:
        wrong.append(f"silent for {run.silence:.0f} s")
    if output.invalid_lines:
        wrong.append(f"not of the protocol: {output.invalid_lines[0]!r}")
    if "Traceback" in run.stderr:
        wrong.append(f"traceback on stderr: {run.stderr[-300:]!r}")
    return wrong


def over_soon(output: Output, seconds: float) -> list[str]:
    """The process ends soon after its first TRACE ERROR, whatever it was doing."""
    if output.first_error is None:
        return []
    left = output.run.left_after(output.first_error)
    return [f"still there {left:.0f} s after its TRACE ERROR"] if left > seconds else []


def secret(run: Run, out: Path, runtime: Runtime) -> list[str]:
    """The token is in no line and in no file that the process wrote to `out`.

    Except for `source-declarative-manifest`, which copies the config into a temporary folder and leaves
    it there when it is killed.
    """
    wrong = []
    if lines := [line for line in run.lines if _TOKEN in line]:
        text = lines[0].decode(errors="replace").replace(TOKEN_END, "<TOKEN>")
        wrong.append(f"token in the output: {text[:300]}")
    for path in out.rglob("*"):
        if runtime == "manifest" and path.name == "config.json" and run.code < 0:
            continue
        if path.is_file() and _TOKEN in path.read_bytes():
            wrong.append(f"token in file {path.name}")
    return wrong


def _moment(text: str) -> datetime:
    parsed = datetime.fromisoformat(text)
    return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
