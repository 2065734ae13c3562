"""Worlds for the simulator, each made from one number."""

from __future__ import annotations

import random
from dataclasses import replace

from unit_tests.simulation.service import LENGTH, Change, Readings, Row, Service
from unit_tests.simulation.simulator import Simulation, Stream, check_end

_UNITS = (1.0, 0.001, 0.000001)


def play(seed: int, sort: str | None = None, changing: str | None = None) -> int:
    """Reads a random world until a run comes to its end; returns the requests, raises Broken.

    `sort`: the service has another order than was requested. `changing`: in the middle of a sync it
    changes its "unit" or its "sort". Rows may come twice then.
    """
    rng = random.Random(seed)
    moving = rng.random() < 0.4 and not sort and not changing
    streams = [
        Stream(name, _service(rng, moving=moving, sort=sort, changing=changing))
        for name in ("events", "member_visits", "tracker_events")[: rng.randint(1, 3)]
    ]
    slow = rng.choice((0.0, 0.0, 0.05, 1.0, 5.0))
    pause = rng.choice((0.0, 0.0, 30.0))
    latency = rng.choice((0.01, 0.3, 2.0))
    simulation = Simulation(
        streams,
        workers=rng.choice((1, 1, 2, 3, 5, 10, 20, 40)),
        rng=rng,
        latency=lambda: latency * rng.uniform(0.1, 3.0),
        writing=lambda: slow + (pause if rng.random() < 0.1 else 0.0),
        move=_mover(rng) if moving else lambda stream: None,
        fails=rng.choice((0.0, 0.0, 0.02)),
        kill_after=rng.choice((None, None, rng.randint(1, 90))),
    )
    runs = 1
    while not simulation.run():
        runs += 1
        simulation.kill_after = None
        if runs > 3:
            simulation.fails = 0.0
    # Rows that surface push those that were read on to pages that are still to come.
    surfaced = any(row.visible and not row.stayed for s in streams for row in s.service.rows)
    check_end(streams, once=not sort and not changing and not surfaced)
    return sum(stream.service.requests for stream in streams)


def _service(
    rng: random.Random, *, moving: bool, sort: str | None, changing: str | None
) -> Service:
    keyed = moving or changing == "sort"
    per_page = rng.choice((1, 2, 3, 7, 20, 50))
    if keyed:
        per_page = max(2, per_page)
    if sort or changing == "sort":  # a page of few rows can look sorted by chance
        per_page = max(20, per_page)
    count = rng.choice((0, 1, 2, 10, 30, 10 * per_page, 10 * per_page))
    if rng.random() < 0.05:
        count = min(60 * per_page, 1_500)
    unit = rng.choice(_UNITS)
    readings = Readings(
        per_page=per_page,
        ragged=rng.random() < 0.3,
        unit=unit,
        lower="strict" if keyed else rng.choice(("strict", "strict", "inclusive", "ignored")),
        upper=changing == "sort" or rng.random() < 0.7,
        sort=sort or ("oldest" if moving else rng.choice(("oldest",) * 4 + ("latest",))),
        links="page" if sort or changing == "sort" else rng.choice(("page", "page", "cursor")),
        between="" if sort or keyed else rng.choice(("", "", "empty", "again")),
        empty_last_page=rng.random() < 0.3,
    )
    change = None
    if changing:
        change = Change(
            after=rng.randint(1, 20),
            unit=rng.choice(_UNITS) if changing == "unit" else None,
            sort=rng.choice(("latest", "shuffled", "pages")) if changing == "sort" else None,
        )
        readings = replace(readings, sort="oldest")
    return Service(readings, _rows(rng, count, readings, moving=moving, keyed=keyed), rng, change)


def _rows(
    rng: random.Random, count: int, readings: Readings, *, moving: bool, keyed: bool
) -> list[Row]:
    """Spread, in one busy stretch, in one instant. `keyed`: so that no instant fills a page, alone or
    with the one before it, since within those there are only the links of the service."""
    if keyed:
        alike = max(1, readings.per_page * 3 // 4) if moving else 3
        seconds = range(0, LENGTH, 2)
        grid = sorted(rng.sample(seconds, min(len(seconds), count)))
        times = [float(grid[i // alike]) for i in range(count)]
        late = rng.choice((0.0, 0.1)) if moving else 0.0
        stayed = [rng.random() >= late for _ in times]
        return [
            Row(i, at, seen, seen) for i, (at, seen) in enumerate(zip(times, stayed, strict=True))
        ]
    kind = rng.choice(("spread", "hot", "instant", "edges"))
    if kind == "spread":
        times = [rng.uniform(0, LENGTH) for _ in range(count)]
    elif kind == "hot":
        times = [rng.gauss(LENGTH / 2, 20) for _ in range(count)]
    elif kind == "instant":
        instant = float(rng.randrange(LENGTH))
        times = [instant if rng.random() < 0.7 else rng.uniform(0, LENGTH) for _ in range(count)]
    else:
        times = [
            float(rng.choice((0, LENGTH, LENGTH // 2, rng.randrange(LENGTH)))) for _ in range(count)
        ]
    stored = [min(max(at, 0.0), LENGTH + 20.0) // 1e-6 * 1e-6 for at in times]
    if rng.random() < 0.5:  # stored no finer than shown
        stored = [at // readings.unit * readings.unit for at in stored]
    return [Row(i, at) for i, at in enumerate(sorted(stored))]


def _mover(rng: random.Random):
    share, kind = rng.choice((0.02, 0.2)), rng.choice(("deletes", "surfaces", "both"))

    def move(stream: Stream) -> None:
        rows = stream.service.rows
        for _ in range(max(1, int(len(rows) * share / 40))):
            if not rows:
                return
            row = rng.choice(rows)
            if kind != "surfaces" and row.visible and rng.random() < 0.5:
                row.visible = row.stayed = False
            elif kind != "deletes" and not row.visible:
                row.visible = True

    return move
