"""Runs a command of the Airbyte protocol with the CDK's entrypoint, its last step done by the page.

The CDK turns each record into a message object and each message into JSON; our pages are JSON already.
"""

from __future__ import annotations

import gc
import logging
import sys
from collections.abc import Generator, Iterable, Mapping
from contextlib import closing
from typing import Any, BinaryIO, cast

from airbyte_cdk.entrypoint import AirbyteEntrypoint
from airbyte_cdk.exception_handler import init_uncaught_exception_handler
from airbyte_cdk.logger import PRINT_BUFFER, is_platform_debug_log_enabled
from airbyte_cdk.models import AirbyteMessage, ConnectorSpecification
from airbyte_cdk.sources.connector_state_manager import HashableStreamDescriptor

from source_circle_events import inputs
from source_circle_events.config import Config
from source_circle_events.output.records import PageOfRecords
from source_circle_events.source import SourceCircleEvents

_PAGES_PER_LOOK_AT_MEMORY = 5


class _SourceOfPages(SourceCircleEvents):
    """Yields a page where others yield its records."""

    read = SourceCircleEvents.read_pages  # type: ignore[assignment]


class CircleEntrypoint(AirbyteEntrypoint):
    def __init__(self, source: SourceCircleEvents) -> None:
        super().__init__(source)
        # Counted in messages, of which a page of 2,000 records is one.
        self._memory_monitor._check_interval = _PAGES_PER_LOOK_AT_MEMORY  # noqa: SLF001

    @staticmethod
    def validate_connection(
        source_spec: ConnectorSpecification,  # noqa: ARG004
        config: Mapping[str, Any],
    ) -> None:
        """Our own check, whose messages name the key and show a right value."""
        Config.of(config)

    @staticmethod
    def handle_record_counts(
        message: AirbyteMessage | PageOfRecords,
        stream_message_count: dict[HashableStreamDescriptor, float],
    ) -> Any:
        """As the CDK, which puts the number of records before a STATE into it."""
        if isinstance(message, PageOfRecords):
            stream_message_count[HashableStreamDescriptor(name=message.stream)] += message.count
            return message
        return AirbyteEntrypoint.handle_record_counts(message, stream_message_count)  # type: ignore[arg-type]


def launch(args: list[str]) -> int:
    """Run `check`, `discover` or `read`; the exit code. Errors are told on stdout."""
    parsed = AirbyteEntrypoint.parse_args(args)
    init_uncaught_exception_handler(logging.getLogger("airbyte"))
    _log_through_one_lock()
    if parsed.debug or is_platform_debug_log_enabled():
        logging.getLogger("airbyte").setLevel(logging.DEBUG)
    with PRINT_BUFFER:
        try:
            with closing(_messages(parsed)) as messages:
                for message in messages:
                    if isinstance(message, PageOfRecords):
                        _write(message.lines)
                    else:
                        print(f"{message}\n", end="")  # noqa: T201  (the protocol's channel)
        except OSError:  # of stdout, for `run` to judge: our own errors are of another kind
            raise
        except Exception:  # noqa: BLE001  (told by the hook, as a TRACE)
            sys.excepthook(*sys.exc_info())
            return 1
    return 0


def _messages(parsed: Any) -> Generator[str | PageOfRecords, None, None]:
    inputs.refuse_other_manifests(parsed)
    config = inputs.config(parsed.config)
    if parsed.command != "read":
        entrypoint = CircleEntrypoint(SourceCircleEvents(None, config))
        _collect_rarely()
        yield from entrypoint.run(parsed)
        return
    catalog, state = inputs.catalog(parsed.catalog), inputs.state(parsed.state)
    entrypoint = CircleEntrypoint(_SourceOfPages(catalog, config, state))
    _collect_rarely()
    spec = entrypoint.source.spec(entrypoint.logger)
    message: AirbyteMessage | PageOfRecords
    messages = cast(
        "Iterable[AirbyteMessage | PageOfRecords]", entrypoint.read(spec, config, catalog, state)
    )
    for message in messages:
        if isinstance(message, PageOfRecords):
            yield message
        else:
            yield entrypoint.airbyte_message_to_string(message)


def _collect_rarely() -> None:
    """A long sync makes no cycles; by default the collector would run, in vain, ten times a page
    (measured: a third of the CPU of a long sync)."""
    gc.freeze()
    gc.set_threshold(200_000)
    gc.enable()


def _log_through_one_lock() -> None:
    """Workers log while a page is being written, and a pipe takes a page in pieces: whoever writes to
    stdout must hold the one lock, or a line of the log would cut a record in two."""
    for handler in (*logging.root.handlers, *logging.getLogger("airbyte").handlers):
        if isinstance(handler, logging.StreamHandler):
            handler.setStream(PRINT_BUFFER)


def _write(lines: bytes) -> None:
    """All of it: with PYTHONUNBUFFERED, a write to stdout may take a part only."""
    with PRINT_BUFFER.lock:
        PRINT_BUFFER.flush()
        stdout = cast("BinaryIO", sys.__stdout__.buffer)  # type: ignore[union-attr]
        written = 0
        while written < len(lines):
            written += stdout.write(lines[written:] if written else lines)
        stdout.flush()
