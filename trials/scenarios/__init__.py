"""What the connector must withstand, as data."""

from __future__ import annotations

from trials.scenario import Scenario
from trials.scenarios.answers import answers
from trials.scenarios.bodies import bodies
from trials.scenarios.moving import moving
from trials.scenarios.over import over
from trials.scenarios.pages import pages
from trials.scenarios.readers import readers
from trials.scenarios.readings import readings
from trials.scenarios.time import time
from trials.scenarios.wire import wire
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
