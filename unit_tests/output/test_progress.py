"""Of the CDK's lines in the log, those that say nothing are left out."""

from __future__ import annotations

import logging

from airbyte_cdk.utils.memory_monitor import MemoryMonitor

from source_circle_events.source import SourceCircleEvents


def test_given_the_cdks_noise_then_it_is_not_told(caplog):
    caplog.set_level(logging.INFO)
    source = SourceCircleEvents()
    MemoryMonitor()
    for said in ("Read 3 records from events stream", "Finished syncing"):
        source.logger.info(said)

    assert caplog.messages == ["Finished syncing"]
