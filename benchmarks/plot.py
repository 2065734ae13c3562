"""The plot: records a second against latency.

    python plot.py RESULTS PLOT.svg

Runs in the peers' environment, which has matplotlib.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path
from statistics import median

import matplotlib as mpl

mpl.use("svg")
# The same figures make the same file.
mpl.rcParams.update({"svg.hashsalt": "circle", "svg.fonttype": "none", "font.size": 9})

from matplotlib import pyplot as plt  # noqa: E402  (the backend comes first)

SHOWN = {
    "this connector": ("#d62728", "o"),
    "its manifest.yaml alone": ("#ff9896", "o"),
    "dlt windows by hand, extract, uncompressed": ("#1f77b4", "s"),
    "dlt rest_api, extract, uncompressed": ("#aec7e8", "s"),
    "a Meltano SDK tap": ("#9467bd", "^"),
    "a plain manifest": ("#8c564b", "v"),
    "a bare requests loop": ("#7f7f7f", "x"),
}
CEILING = 20_000
"""600 requests of 2,000 records a minute."""


def main(results: str, target: str) -> None:
    rates: dict[str, dict[float, float]] = defaultdict(dict)
    for file in Path(results).glob("table-*.json"):
        findings = json.loads(file.read_bytes())["findings"]
        for name in SHOWN.keys() & findings.keys():
            rate = median(run["records"] / run["wall"] for run in findings[name])
            rates[name][float(file.stem.removeprefix("table-"))] = rate
    figure, axes = plt.subplots(figsize=(8, 4.5), layout="constrained")
    for name, (colour, marker) in SHOWN.items():
        axes.plot(
            *zip(*sorted(rates[name].items()), strict=True), color=colour, marker=marker, label=name
        )
    axes.axhline(
        CEILING,
        color="black",
        linewidth=0.8,
        linestyle=":",
        label="the service's ceiling, sustained",
    )
    axes.set(yscale="log", xlabel="seconds a page", ylabel="records a second")
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    figure.savefig(target, metadata={"Date": None})


if __name__ == "__main__":
    main(*sys.argv[1:])
