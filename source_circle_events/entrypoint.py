"""Runs a command of the Airbyte protocol with the CDK's entrypoint, its last step done by the page.

The CDK turns each record into a message object and each message into JSON; our pages are JSON already.
"""

from __future__ import annotations

import gc
import logging
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any, BinaryIO, TypeVar, cast

from airbyte_cdk.entrypoint import AirbyteEntrypoint
from airbyte_cdk.exception_handler import init_uncaught_exception_handler
from airbyte_cdk.logger import PRINT_BUFFER
from airbyte_cdk.models import (
    AirbyteStateMessage,
    ConfiguredAirbyteCatalog,
    ConnectorSpecification,
)
from airbyte_cdk.sources.connector_state_manager import HashableStreamDescriptor
from airbyte_cdk.utils import PrintBuffer

from source_circle_events.config import Settings
from source_circle_events.errors import config_error
from source_circle_events.output.records import PageOfRecords
from source_circle_events.source import SourceCircleEvents

Result = TypeVar("Result")


class CircleEntrypoint(AirbyteEntrypoint):
    source: SourceCircleEvents

    @staticmethod
    def validate_connection(
        source_spec: ConnectorSpecification,  # noqa: ARG004
        config: Mapping[str, Any],
    ) -> None:
        """Our own check, whose messages name the key and show a right value."""
        Settings.of(config)

    def read_lines(
        self,
        config: Mapping[str, Any],
        catalog: ConfiguredAirbyteCatalog,
        state: list[AirbyteStateMessage] | None,
    ) -> Iterable[str | bytes]:
        """What the CDK's `read` yields, with each page of lines as bytes."""
        spec = self.source.spec(self.logger)
        self.set_up_secret_filter(config, spec.connectionSpecification)
        self.validate_connection(spec, config)
        counts: defaultdict[HashableStreamDescriptor, float] = defaultdict(float)
        for message in self.source.read_pages(self.logger, config, catalog, state):
            if isinstance(message, PageOfRecords):
                counts[HashableStreamDescriptor(name=message.stream)] += message.count
                yield message.lines
            else:
                yield self.airbyte_message_to_string(self.handle_record_counts(message, counts))


def launch(args: list[str]) -> None:
    parsed = AirbyteEntrypoint.parse_args(args)
    init_uncaught_exception_handler(logging.getLogger("airbyte"))
    given = vars(parsed)
    config = _read("config", given.get("config"), SourceCircleEvents.read_config)
    catalog = _read("catalog", given.get("catalog"), SourceCircleEvents.read_catalog)
    state = _read("state", given.get("state"), SourceCircleEvents.read_state)
    entrypoint = CircleEntrypoint(SourceCircleEvents(catalog, config, state))
    lines: Iterable[str | bytes]
    if config is not None and catalog is not None:  # a read
        if parsed.debug:
            logging.getLogger("airbyte").setLevel(logging.DEBUG)
        lines = entrypoint.read_lines(config, catalog, state)
    else:
        lines = entrypoint.run(parsed)
    _log_through(PRINT_BUFFER)
    # A page is some 20,000 objects and no cycle; by default the collector would run, in vain, ten
    # times a page (measured: a third of the CPU of a long sync).
    gc.freeze()
    gc.set_threshold(200_000)
    gc.enable()
    with PRINT_BUFFER:
        for line in lines:
            if isinstance(line, bytes):
                _write(line)
            else:
                print(f"{line}\n", end="")  # noqa: T201  (the protocol's channel)


def _log_through(stream: PrintBuffer) -> None:
    """Workers log while a page is being written, and a pipe takes a page in pieces: whoever writes to
    stdout must hold the one lock, or a line of the log would cut a record in two."""
    for handler in (*logging.root.handlers, *logging.getLogger("airbyte").handlers):
        if isinstance(handler, logging.StreamHandler):
            handler.setStream(stream)


def _write(lines: bytes) -> None:
    """All of it: with PYTHONUNBUFFERED, a write to stdout may take a part only."""
    with PRINT_BUFFER.lock:
        PRINT_BUFFER.flush()
        stdout = cast("BinaryIO", sys.__stdout__.buffer)  # type: ignore[union-attr]
        written = 0
        while written < len(lines):
            written += stdout.write(lines[written:] if written else lines)
        stdout.flush()


def _read(what: str, path: str | None, read: Callable[[str], Result]) -> Result | None:
    """What the file of an option holds; the CDK's own words would be a traceback."""
    try:
        return read(path) if path else None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it holds no JSON of that kind"
        raise config_error(f"The {what} cannot be read from {path}: {reason}.") from None
