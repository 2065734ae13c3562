"""`python abandoned.py read --config ...`: leaves one read after its first records, then reads again.

A program that uses the source as a library may do so: the second read must not wait for the first.
"""

import logging
import sys
from itertools import islice

from source_circle_events.entrypoint import launch
from source_circle_events.run import parser
from source_circle_events.source import SourceCircleEvents

given = parser().parse_args()
config = SourceCircleEvents.read_config(given.config)
catalog = SourceCircleEvents.read_catalog(given.catalog)
messages = SourceCircleEvents(catalog, config).read(logging.getLogger("airbyte"), config, catalog)
if len(list(islice(messages, 1000))) < 1000:
    sys.exit("There was nothing to abandon.")
del messages
launch(given)
