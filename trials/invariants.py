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
from trials.world import TOKEN, Rows

HEARTBEAT = 600.0
"""Seconds of silence after which the platform takes a source for dead."""

_NO_SENTENCE = re.compile(
    r"Something went wrong|"
    r"Traceback|File \"|Exception|Error\(|Pool\(|object at 0x|NoneType|KeyError|\{\{|not specified"
)

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
    """Nothing but what the service has, and, in the package, no record twice in a run."""
    wrong = []
    for stream, ids in run.ids.items():
        if strange := len({i for i in ids if i is not None} - known[stream].keys()):
            wrong.append(f"{strange} {stream} that the service does not have")
    if once and (repeated := run.repeated()):
        wrong.append(f"{repeated} records emitted twice")
    return wrong


def states(run: Output, before: Iterable[Output], known: Rows) -> list[str]:
    """No STATE says more than the RECORDs before it."""
    worst: Counter[str] = Counter()
    earlier = list(before)
    for stream, rows in known.items():
        have = {identity for output in earlier for identity in output.ids[stream]}
        due = sorted((moment(created_at), identity) for identity, created_at in rows.items())
        emitted = 0
        for name, value, count in run.marks:
            if name != stream or value is None:
                continue
            have.update(run.ids[stream][emitted:count])
            emitted = max(emitted, count)
            said = moment(value)
            missing = 0
            for created_at, identity in due:
                if created_at > said:
                    break
                missing += identity not in have
            worst[stream] = max(worst[stream], missing)
    return [f"a STATE of {stream} is {n} records ahead" for stream, n in worst.items() if n]


def told(run: Output, failure: str | None, runtime: Runtime) -> list[str]:
    """A run that failed says why, in a sentence a person can act on."""
    if not run.errors:
        return ["failed without a TRACE ERROR"]
    wrong = []
    told_by_stream = run.errors
    if runtime == "manifest":
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


def alive(run: Run) -> list[str]:
    wrong = []
    if run.hung:
        wrong.append(f"still running after {run.seconds:.0f} s")
    if run.silence > HEARTBEAT:
        wrong.append(f"silent for {run.silence:.0f} s")
    return wrong


def over(output: Output, seconds: float) -> list[str]:
    """Once the error is out, the process goes, whatever it was doing."""
    if output.first_error is None:
        return []
    left = output.run.left_after(output.first_error)
    return [f"still there {left:.0f} s after its TRACE ERROR"] if left > seconds else []


def tidy(output: Output) -> list[str]:
    """Protocol on stdout, nothing else; a traceback on stderr is nobody's message."""
    wrong = []
    if output.rubbish:
        wrong.append(f"not of the protocol: {output.rubbish[0]!r}")
    if "Traceback" in output.run.stderr:
        wrong.append(f"traceback on stderr: {output.run.stderr[-300:]!r}")
    return wrong


def secret(run: Run, out: Path, runtime: Runtime, token: str = TOKEN) -> list[str]:
    """The token in no line and in no file the process wrote to `out`. `source-declarative-manifest`
    itself keeps a copy of the config in a temporary folder, and leaves it there when it is killed: the
    CDK's, out of a manifest's reach."""
    wrong = []
    if lines := [line for line in run.lines if token.encode() in line]:
        text = lines[0].decode(errors="replace").replace(token, "<TOKEN>")
        wrong.append(f"token in the output: {text[:300]}")
    for path in out.rglob("*"):
        if runtime == "manifest" and path.name == "config.json" and run.code < 0:
            continue
        if path.is_file() and token.encode() in path.read_bytes():
            wrong.append(f"token in file {path.name}")
    return wrong
