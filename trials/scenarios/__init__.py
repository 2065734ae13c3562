"""What the connector must withstand, as data."""

from __future__ import annotations

from trials.scenario import Scenario
from trials.scenarios.answers import answers
from trials.scenarios.bodies import bodies
from trials.scenarios.moving import moving, pages, time
from trials.scenarios.readers import readers
from trials.scenarios.readings import readings
from trials.scenarios.wire import over, wire
from trials.world import World


def everything(world: World) -> list[Scenario]:
    return [
        *readings(world),
        *pages(),
        *moving(),
        *bodies(),
        *answers(),
        *wire(),
        *time(),
        *readers(),
        *over(),
    ]
