"""docs/trials.md: what held, without anything that differs from one run of the trials to the next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from trials.scenario import RUNTIMES, Verdict

PAGE = Path(__file__).parents[1] / "docs" / "trials.md"

GROUPS = {
    "readings": "Readings of the contract",
    "page sizes": "Page sizes and workers",
    "moving": "Rows deleted and surfacing while they are read",
    "bodies": "Bodies",
    "answers": "Answers",
    "wire": "The wire",
    "time": "Time",
    "readers": "Readers",
    "over": "Over when it says so",
    "kills": "Killed",
    "states": "States",
}

_INTRODUCTION = """\
# Trials

What this connector withstands, in both of its forms: the **package**, and the **manifest** alone under
`source-declarative-manifest`, as Airbyte Cloud runs it. This page is written by

```sh
make trials     # needs no account; under 20 minutes
.venv/bin/python -m trials --only 'wire/redirect' --keep out/trials    # some of them, files kept
```

Each trial is a real process that reads three streams over real HTTP from the
[sandbox](../sandbox/README.md), which misbehaves as the row says. The verdict is drawn from what the
process wrote and from what the sandbox knows to be true. Always required:

- exit 0 with every record that was there throughout, or an error whose message says what to do; then
  the service behaves again, and a run resumed from the last STATE completes the set;
- no STATE that covers a record that was not written before it;
- no record the service does not have; from the package, none twice in a run;
- nothing but the protocol on stdout, no traceback on stderr, never ten minutes of silence;
- the token in no line and no file, and at no other host: a second one listens for it.

| verdict | means |
|---|---|
| `complete` | exit 0, every record |
| `fails, then resumes` | a clear error; once the cause is gone, the next sync completes the set |
| `fails in the CDK's words, then resumes` | the same, but no sentence for users |
| `killed, then resumes` | the next sync completes the set, whatever the moment was |
| `fails, says so` | a clear error, nothing read |
| `fails in the CDK's words` | the same, but no sentence for users |
| `ends, then resumes` | the reader went away; the next sync completes the set |
| `limit: ...` | the form cannot hold this, for the reason given, and nothing else goes wrong |
| `BROKEN: ...` | a defect |
"""


def page(verdicts: Iterable[Verdict]) -> str:
    found: dict[str, dict[str, dict[str, list[Verdict]]]] = {}
    for verdict in verdicts:
        rows = found.setdefault(verdict.scenario.group, {})
        rows.setdefault(verdict.scenario.name, {}).setdefault(verdict.runtime, []).append(verdict)
    parts = [_INTRODUCTION]
    for group, title in GROUPS.items():
        rows = found.get(group, {})
        parts.append(f"\n## {title}\n\n| scenario | {' | '.join(RUNTIMES)} |\n|---|---|---|\n")
        parts += [
            f"| {cell(name)} | {' | '.join(_word(row.get(r, ())) for r in RUNTIMES)} |\n"
            for name, row in rows.items()
        ]
    return "".join(parts)


def _word(verdicts: Sequence[Verdict]) -> str:
    """The one word for all trials of a row: the worst, since one that is broken breaks it."""
    broken = [verdict for verdict in verdicts if verdict.outcome == "BROKEN"]
    return cell(next((verdict.word for verdict in broken or verdicts), ""))


def cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
