"""`python abandoned.py read --config ...`: leaves one read after its first records, then reads anew.

As a program does that holds the source as a library: its second read must not wait for the first.
"""

from __future__ import annotations

import logging
import sys
from itertools import islice

from airbyte_cdk.entrypoint import AirbyteEntrypoint

from source_circle_events.entrypoint import launch
from source_circle_events.source import SourceCircleEvents

_TAKEN = 1000


def main(arguments: list[str]) -> None:
    given = AirbyteEntrypoint.parse_args(arguments)
    config = SourceCircleEvents.read_config(given.config)
    catalog = SourceCircleEvents.read_catalog(given.catalog)
    source = SourceCircleEvents(catalog, config)
    messages = source.read(logging.getLogger("airbyte"), config, catalog)
    taken = sum(1 for _ in islice(messages, _TAKEN))
    if taken < _TAKEN:
        sys.exit(f"Only {taken} messages: there was nothing to abandon.")
    del messages
    launch(arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
