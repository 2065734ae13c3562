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
import traceback
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from harness.connector import Connector
from harness.process import Kill
from harness.protocol import Output
from harness.streams import MANIFEST, ROOT
from trials import invariants
from trials.cdks import environments
from trials.scenario import Scenario
from trials.scenarios.compatibility import compatibility
from trials.trial import Trial
from trials.verdict import Verdict
from trials.world import TOKEN, World

PAGE = ROOT / "docs" / "compatibility.md"
_WORKING, _WAITING = 2, 8
"""Trials at once that use the processor (as many as the smallest machine has cores), and beside them
those that mostly wait."""

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
        injected = {"__injected_declarative_manifest": MANIFEST}
        command = [self.commands / "source-declarative-manifest"]
        return Connector(command, folder / "in", injected, working=folder / "out")


Found = Mapping[tuple[str, str], Verdict]
"""scenario, CDK -> what was found."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m trials.compatibility", description=__doc__)
    parser.add_argument("--only", default="", help="a pattern that group/name must match")
    parser.add_argument("--cdk", default="", help="a pattern that the CDK's version must match")
    arguments = parser.parse_args()
    started = time.monotonic()
    cdks = {v: path for v, path in environments().items() if re.search(arguments.cdk, v)}
    print(f"{len(cdks)} CDKs are there after {time.monotonic() - started:.0f} s", flush=True)
    scenarios = [s for s in compatibility() if re.search(arguments.only, f"{s.group}/{s.name}")]
    with tempfile.TemporaryDirectory() as scratch:
        found = _judge(scenarios, cdks, Path(scratch))
    broken = sum(verdict.outcome == "BROKEN" for verdict in found.values())
    print(
        f"{len(found) - broken} of {len(found)} hold, {broken} are broken; "
        f"{time.monotonic() - started:.0f} s"
    )
    if not (arguments.only or arguments.cdk):
        PAGE.write_text(_page(scenarios, tuple(cdks), found))
        print(f"written: {PAGE.relative_to(ROOT)}")
    return 1 if broken or not found else 0


def _judge(scenarios: Sequence[Scenario], cdks: Mapping[str, Path], scratch: Path) -> Found:
    world = World.now()
    with ThreadPoolExecutor(_WAITING) as waiting, ThreadPoolExecutor(_WORKING) as working:
        futures = {}
        for number, scenario in enumerate(scenarios):
            for cdk, commands in cdks.items():
                trial = CdkTrial(scenario, world, scratch / f"{number:02}-{cdk}", commands)
                pool = waiting if scenario.slow else working
                futures[scenario.name, cdk] = pool.submit(_verdict, trial, cdk)
        return {key: future.result() for key, future in futures.items()}


def _verdict(trial: CdkTrial, cdk: str) -> Verdict:
    """A trial that raises has not held."""
    try:
        verdict = trial.judge()
    except Exception as error:  # noqa: BLE001 - the others go on, and this one is told as broken
        traceback.print_exc()
        verdict = Verdict(trial.scenario, "manifest", (f"could not be tried: {error!r}",))
    name = f"{trial.scenario.group}/{trial.scenario.name}"
    print(
        f"{verdict.outcome:7}{cdk:8} {name}: exits {verdict.exits}, {verdict.seconds:.0f} s",
        flush=True,
    )
    for wrong in verdict.wrong:
        print(f"         {wrong}", flush=True)
    return verdict


def _page(scenarios: Sequence[Scenario], cdks: Sequence[str], found: Found) -> str:
    rows = [f"| {' | '.join(('scenario', *cdks))} |", f"|{'---|' * (len(cdks) + 1)}"]
    for scenario in scenarios:
        words = [_word(found[scenario.name, cdk]) for cdk in cdks]
        rows.append(f"| {' | '.join((f'{scenario.group}: {scenario.name}', *words))} |")
    date = datetime.now(UTC).date().isoformat()
    return _INTRODUCTION.format(date=date) + "\n" + "\n".join(rows) + "\n"


def _word(verdict: Verdict) -> str:
    if verdict.wrong:
        return f"BROKEN: {verdict.wrong[0]}".replace("|", "\\|").replace("\n", " ")
    return "loud" if verdict.exits[0] else "complete"


if __name__ == "__main__":
    raise SystemExit(main())
