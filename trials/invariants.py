"""Every record or a clear failure, no STATE ahead of its records, no token anywhere.

Each check returns what is wrong, as short sentences; none: it holds.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from harness.process import Run
from harness.protocol import Output
from trials.scenario import Runtime
from trials.world import TOKEN_END, Rows, had_no_id

HEARTBEAT = 600.0
"""Seconds of silence after which the platform takes a source for dead."""

_NO_SENTENCE = re.compile(
    r"Something went wrong|"
    r"Traceback|File \"|Exception|Error\(|Pool\(|object at 0x|NoneType|KeyError|\{\{|not specified"
)

_TOKEN = TOKEN_END.encode()
_ABOUT_STATE = re.compile("state|created_at|cursor|datetime|time data|no format in", re.IGNORECASE)
_PREFIX = re.compile(r"^Exhausted available request attempts\. .*? Exception: ")
"""What the CDK puts before the message of a filter."""
_SUMMARY = re.compile("During the sync, the following streams did not sync successfully")


def moment(text: str) -> datetime:
    parsed = datetime.fromisoformat(text)
    return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def complete(emitted: Iterable[Output], wanted: Rows) -> list[str]:
    """Every id that is wanted was emitted by one of the runs."""
    wrong = []
    runs = list(emitted)
    for stream, rows in wanted.items():
        have = {identity for run in runs for identity in run.ids[stream]}
        if missing := len(rows.keys() - have):
            wrong.append(f"{missing} of {len(rows)} {stream} lost")
    return wrong


def honest(run: Output, known: Rows, *, once: bool) -> list[str]:
    """Nothing but what the service has, nothing from before a given state, and, in the package, no
    record twice in a run."""
    wrong = []
    for stream, ids in run.ids.items():
        came = {i for i in ids if not had_no_id(i)}
        if strange := len(came - known[stream].keys()):
            wrong.append(
                f"{strange} {stream} that the service does not have, or older than the state"
            )
    if once and (repeated := run.repeated()):
        wrong.append(f"{repeated} records emitted twice")
    return wrong


def states(run: Output, before: Iterable[Output], owed: Rows) -> list[str]:
    """No STATE says more than the RECORDs before it."""
    worst: Counter[str] = Counter()
    earlier = list(before)
    for stream, rows in owed.items():
        had = {identity for output in earlier for identity in output.ids[stream]}
        missing = {i: moment(created_at) for i, created_at in rows.items() if i not in had}
        emitted = 0
        for name, value, count in run.marks:
            if name != stream or value is None:
                continue
            for identity in run.ids[stream][emitted:count]:
                missing.pop(identity, None)
            emitted, said = count, moment(value)
            ahead = sum(created_at <= said for created_at in missing.values())
            worst[stream] = max(worst[stream], ahead)
    return [f"a STATE of {stream} is {n} records ahead" for stream, n in worst.items() if n]


def told(run: Output, failure: str | None, runtime: Runtime) -> list[str]:
    """A run that failed says why, in a sentence a person can act on."""
    if not run.errors:
        return ["failed without a TRACE ERROR"]
    wrong = []
    told_by_stream = run.errors
    if runtime == "manifest":
        if failure == "transient_error":
            failure = None  # what was tried again in vain gets its type from the CDK
        # The CDK ends with a summary of its own, in which it quotes the errors as Python writes them.
        told_by_stream = [e for e in run.errors if not _SUMMARY.match(e.get("message") or "")]
    for error in told_by_stream:
        message = _PREFIX.sub("", error.get("message") or "")
        if _NO_SENTENCE.search(message) or len(message) < 30 or not message.rstrip().endswith("."):
            wrong.append(f"no plain sentence: {message[:300]!r}")
    kinds = {error.get("failure_type") for error in told_by_stream}
    if failure and kinds != {failure}:
        wrong.append(f"failure_type {sorted(map(str, kinds))}, not {failure}")
    return list(dict.fromkeys(wrong))


def about_state(output: Output) -> list[str]:
    """An error is about the state, in its message or in what it says to developers."""
    said = [f"{e.get('message')} {e.get('internal_message')}" for e in output.errors]
    about = any(map(_ABOUT_STATE.search, said))
    return [] if about else ["failed, and not because of its state"]


def behaved(output: Output) -> list[str]:
    """It ends, and is not silent for long; nothing but the protocol on stdout; a traceback on stderr
    is nobody's message."""
    run, wrong = output.run, []
    if run.hung:
        wrong.append(f"still running after {run.seconds:.0f} s")
    if run.silence > HEARTBEAT:
        wrong.append(f"silent for {run.silence:.0f} s")
    if output.rubbish:
        wrong.append(f"not of the protocol: {output.rubbish[0]!r}")
    if "Traceback" in run.stderr:
        wrong.append(f"traceback on stderr: {run.stderr[-300:]!r}")
    return wrong


def over(output: Output, seconds: float) -> list[str]:
    """Once the error is out, the process goes, whatever it was doing."""
    if output.first_error is None:
        return []
    left = output.run.left_after(output.first_error)
    return [f"still there {left:.0f} s after its TRACE ERROR"] if left > seconds else []


def secret(run: Run, out: Path, runtime: Runtime) -> list[str]:
    """The token in no line and in no file the process wrote to `out`. `source-declarative-manifest`
    itself keeps a copy of the config in a temporary folder, and leaves it there when it is killed: the
    CDK's, out of a manifest's reach."""
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
