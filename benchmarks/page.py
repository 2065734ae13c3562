"""Writes docs/benchmarks.md and its plot from what was measured last."""

from __future__ import annotations

import subprocess
from pathlib import Path

from benchmarks import results, sections
from benchmarks.environments import ROOT

_INTRODUCTION = """\
# Benchmarks

Every figure is from runs that took turns on one machine, against the sandbox on the same machine, in
a process of its own. A run counts only if it brought exactly the sandbox's ids, each once; that is
checked after the clock has stopped. Seconds depend on the machine, so look at the ratios.
"""

_REPEAT = """\
## How to repeat it

```sh
make bench                      # the table, and this page: three quarters of an hour
.venv/bin/python -m benchmarks ceiling    # likewise hot, memory, linear, small, startup; or all
.venv/bin/python -m benchmarks --scale 0.1 --rounds 1    # a quick look, which leaves this page alone
```

Two environments are set up in `.venv-bench` from lock files: one with the built wheel and what it
needs, one with everything it is compared with. Bytecode is compiled beforehand in both. stdout goes
to a file on tmpfs, for every program; variables that slow Python down (`PYTHONUNBUFFERED`,
`PYTHONDONTWRITEBYTECODE`) are taken away from all.

- **CPU** is user and system time of the process and all it waited for, start-up included. It hardly
  depends on what else the machine does.
- **Wall** does: "others" is how many cores were busy, on average, with something else.
- **Peak** is the resident memory at most, as the kernel counts it.
- **A plain manifest** is `benchmarks/peers/plain_manifest.yaml`: one chain of pages on the same CDK.
- **dlt** and the **tap** are under `benchmarks/peers/` too. Windows by hand are ten, read by ten
  threads. dlt compares cursors as text, so that it is given a start one second earlier; it loads by
  Parquet, since its default, INSERT statements, takes six times as long.
"""


def write(environments: Path) -> None:
    parts = [_INTRODUCTION]
    for name, section in sections.ALL.items():
        if content := results.load(name):
            parts.append(section(content["findings"]) + _measured(content))
    (ROOT / "docs" / "benchmarks.md").write_text("\n".join([*parts, _REPEAT]))
    if table := results.path("table"):
        python, script = (
            environments / "peers" / "bin" / "python",
            Path(__file__).with_name("plot.py"),
        )
        subprocess.run([python, script, table, ROOT / "docs" / "benchmarks.svg"], check=True)


def _measured(content: results.Content) -> str:
    return f"\n<sub>Measured {content['measured']}: {content['machine']}.</sub>\n"
