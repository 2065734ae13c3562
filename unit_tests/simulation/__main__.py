"""`python -m unit_tests.simulation FROM TO`: plays the worlds with these numbers."""

import sys

from unit_tests.simulation.scenarios import play

for seed in range(int(sys.argv[1]), int(sys.argv[2])):
    try:
        play(seed)
    except Exception as error:  # noqa: BLE001
        print(f"{seed}: {error}")  # noqa: T201
