"""The manifest alone under old and new CDKs: `python -m trials.compatibility`.

A self-managed Airbyte brings the CDK of its day, and what a template may name differs between them: a
manifest that is right on one can lose records, or print its config, on another. Same sandbox, runs and
invariants as the other trials. Writes docs/compatibility.md.
"""

from __future__ import annotations

import argparse
import re
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from harness.connector import Connector, manifest_alone
from harness.process import Kill
from harness.protocol import Output
from harness.streams import ROOT
from trials import invariants
from trials.cdks import environments
from trials.run import Job, judged
from trials.scenario import Scenario, Verdict
from trials.scenarios.compatibility import compatibility
from trials.table import cell
from trials.trial import Trial
from trials.world import TOKEN, World

PAGE = ROOT / "docs" / "compatibility.md"
_SMALL = {"events": 1500, "visits": 200, "tracker": 200, "per_page_maximum": 400}
"""The common community, made small: what differs between CDKs does not depend on how much there is."""

_END = TOKEN[5:]
"""Of the token: what is searched for, since one trial breaks it before that."""

_INTRODUCTION = """\
# Compatibility

`manifest.yaml` alone under the CDKs that an Airbyte may bring along, {date}. This page is written by

```sh
make compatibility    # needs no account; some minutes
```

Each cell is a real process of `source-declarative-manifest` that reads three streams from the
[sandbox](../sandbox/README.md), which misbehaves as the row says. In all of them: no STATE ahead of its
records, no record the service does not have, the token in no line and no file.

| cell | means |
|---|---|
| `complete` | exit 0, every record |
| `loud` | it fails with an error; once the cause is gone, the next sync completes the set |
| `BROKEN: ...` | a defect |
"""


class CdkTrial(Trial):
    """The manifest under one CDK; a trial of the token asks `check` first, which prints most."""

    def __init__(self, scenario: Scenario, world: World, folder: Path, commands: Path) -> None:
        super().__init__(scenario, "manifest", world, folder)
        self.commands = commands

    def serve(self, stack: ExitStack, options: Mapping[str, object]) -> None:
        super().serve(stack, {**_SMALL, **options})

    def run(self, kill: Kill | None = None) -> Output:
        if self.scenario.group == "token" and not self.runs:
            config = {**self.api.config(), **self.config}
            self._no_token_in(self._connector(self.folder / "check").attempt("check", config))
        output = super().run(kill)
        self._no_token_in(output)
        return output

    def _no_token_in(self, output: Output) -> None:
        self.wrong += invariants.secret(
            output.run, self.folder / "check" / "out", self.runtime, _END
        )

    def _connector(self, folder: Path) -> Connector:
        return manifest_alone(folder / "in", folder / "out", self.commands)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m trials.compatibility", description=__doc__)
    parser.add_argument("--only", default="", help="a pattern that group/name must match")
    parser.add_argument("--cdk", default="", help="a pattern that the CDK's version must match")
    arguments = parser.parse_args()
    started = time.monotonic()
    cdks = {v: path for v, path in environments().items() if re.search(arguments.cdk, v)}
    print(f"{len(cdks)} CDKs are there after {time.monotonic() - started:.0f} s", flush=True)
    scenarios = [s for s in compatibility() if re.search(arguments.only, s.label)]
    with tempfile.TemporaryDirectory() as scratch:
        jobs = _jobs(scenarios, cdks, Path(scratch))
        verdicts = [verdict for (verdict,) in judged(jobs)]
    broken = sum(verdict.outcome == "BROKEN" for verdict in verdicts)
    print(
        f"{len(jobs) - broken} of {len(jobs)} hold, {broken} are broken; "
        f"{time.monotonic() - started:.0f} s"
    )
    if not (arguments.only or arguments.cdk):
        PAGE.write_text(_page(tuple(cdks), verdicts))
        print(f"written: {PAGE.relative_to(ROOT)}")
    return 1 if broken or not jobs else 0


def _jobs(scenarios: Sequence[Scenario], cdks: Mapping[str, Path], scratch: Path) -> list[Job]:
    """Row by row of the table."""
    world, jobs = World.now(), []
    for number, scenario in enumerate(scenarios):
        for cdk, commands in cdks.items():
            trial = CdkTrial(scenario, world, scratch / f"{number:02}-{cdk}", commands)
            jobs.append(Job(scenario, "manifest", trial.verdicts, cdk))
    return jobs


def _page(cdks: Sequence[str], verdicts: Sequence[Verdict]) -> str:
    rows = [("scenario", *cdks), ("---",) * (len(cdks) + 1)]
    for start in range(0, len(verdicts), len(cdks)):
        row = verdicts[start : start + len(cdks)]
        rows.append((f"{row[0].scenario.group}: {row[0].scenario.name}", *map(_word, row)))
    table = "".join(f"| {' | '.join(cells)} |\n" for cells in rows)
    return _INTRODUCTION.format(date=datetime.now(UTC).date().isoformat()) + "\n" + table


def _word(verdict: Verdict) -> str:
    if verdict.wrong:
        return cell(f"BROKEN: {verdict.wrong[0]}")
    return "loud" if verdict.exits[0] else "complete"


if __name__ == "__main__":
    raise SystemExit(main())
