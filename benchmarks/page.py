"""What is measured, and docs/benchmarks.md and its plot, written from what was measured last."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import commands, histories, limits, table
from benchmarks.environments import HOME, ROOT
from benchmarks.results import FOLDER

SECTIONS: dict[str, tuple[Callable[..., Any], Callable[[Any], str], *tuple[int, ...]]] = {
    "table": (table.measure, table.text, 200_000),
    "ceiling": (limits.measure, limits.text, 4_000_000),
    "hot": (histories.hot, histories.hot_text, 1_000_000),
    "memory": (histories.memory, histories.memory_text, 200_000, 4_000_000),
    "linear": (histories.linear, histories.linear_text, 400_000, 4_000_000),
    "duckdb": (histories.duckdb, histories.duckdb_text, 200_000),
    "privacy": (histories.privacy, histories.privacy_text, 100_000),
    "small": (commands.small, commands.small_text),
    "startup": (commands.startup, commands.startup_text),
}
"""What measures it (of a bench, the rounds and the sizes), what writes it, sizes of the histories."""

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
.venv/bin/python -m benchmarks ceiling    # likewise hot, memory, linear, duckdb, small, startup; or all
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


def write() -> None:
    parts = [_INTRODUCTION]
    for name, (_, text, *_) in SECTIONS.items():
        file = FOLDER / f"{name}.json"
        if file.exists():
            found = json.loads(file.read_bytes())
            when = f"\n<sub>Measured {found['measured']}: {found['machine']}.</sub>\n"
            parts.append(text(found["findings"]) + when)
    (ROOT / "docs" / "benchmarks.md").write_text("\n".join([*parts, _REPEAT]))
    python, script = HOME / "peers" / "bin" / "python", Path(__file__).with_name("plot.py")
    plot = [python, script, FOLDER / "table.json", ROOT / "docs" / "benchmarks.svg"]
    subprocess.run(plot, check=True)
