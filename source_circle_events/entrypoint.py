"""Runs a command of the Airbyte protocol with the CDK's entrypoint, its last step done by the page.

The CDK turns each record into a message object and each message into JSON; our pages are JSON already.
"""

from __future__ import annotations

import gc
import logging
import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import redirect_stdout
from typing import Any

from airbyte_cdk.entrypoint import AirbyteEntrypoint
from airbyte_cdk.logger import is_platform_debug_log_enabled
from airbyte_cdk.models import AirbyteMessage, ConnectorSpecification
from airbyte_cdk.sources.connector_state_manager import HashableStreamDescriptor
from airbyte_cdk.utils import memory_monitor
from airbyte_cdk.utils.airbyte_secrets_utils import update_secrets
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_circle_events.config import Config
from source_circle_events.inputs import files
from source_circle_events.output.records import PageOfRecords
from source_circle_events.output.stdout import OutputError, Stdout
from source_circle_events.source import SourceCircleEvents


class _SourceOfPages(SourceCircleEvents):
    """Yields a page where others yield its records."""

    read = SourceCircleEvents.read_pages  # type: ignore[assignment]


class CircleEntrypoint(AirbyteEntrypoint):
    def __init__(self, source: SourceCircleEvents) -> None:
        super().__init__(source)
        # Counted in messages, of which a page of 2,000 records is one: it looks at each.
        memory_monitor._HIGH_PRESSURE_CHECK_INTERVAL = 1  # noqa: SLF001
        self._memory_monitor._check_interval = 1  # noqa: SLF001

    @staticmethod
    def validate_connection(
        source_spec: ConnectorSpecification,  # noqa: ARG004
        config: Mapping[str, Any],
    ) -> None:
        """Our own check, whose messages name the key and show a right value."""
        Config.of(config)

    @staticmethod
    def set_up_secret_filter(
        config: Mapping[str, Any],
        connection_specification: Mapping[str, Any],  # noqa: ARG004
    ) -> None:
        """Also without the spaces that were copied with them; but no short one or number: the CDK
        replaces it within whole messages, and what is left of `"emitted_at": 1767225600` is no JSON."""
        given = [config.get(key) for key in ("api_token", "hash_key")]
        texts = [text.strip() for text in given if isinstance(text, str)]
        update_secrets([text for text in texts if len(text) > 5 and not text.isdigit()])

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

    def messages(
        self, command: Callable[..., Iterable[Any]], *given: Any
    ) -> Iterable[AirbyteMessage | PageOfRecords]:
        """Like the CDK's `run`, without its folder on disk, which a kill would leave there, and with
        the files read once: `--config <(...)` cannot be read twice."""
        try:
            yield from command(self.source.spec(self.logger), *given)
        except Exception:
            yield from self._emit_queued_messages(self.source)
            raise
        yield from self._emit_queued_messages(self.source)


def launch(args: list[str]) -> int:
    """Run `check`, `discover` or `read`; the exit code. Errors are told on stdout."""
    parsed = AirbyteEntrypoint.parse_args(args)
    out = Stdout()
    _log_to(out)
    if parsed.debug:
        os.environ["LOG_LEVEL"] = "debug"  # for the CDK's formatter: as LOG messages
    if is_platform_debug_log_enabled():
        logging.getLogger("airbyte").setLevel(logging.DEBUG)
    with redirect_stdout(out):
        try:
            for message in _messages(parsed):
                if isinstance(message, PageOfRecords):
                    out.write_lines(message.lines)
                else:
                    print(AirbyteEntrypoint.airbyte_message_to_string(message))  # noqa: T201
        except OutputError:  # for `run` to judge
            raise
        except AirbyteTracedException as error:
            error.emit_message()
            return 1
        except Exception as error:  # noqa: BLE001
            logging.getLogger("airbyte").fatal(error, exc_info=error)
            AirbyteTracedException.from_exception(error).emit_message()
            return 1
    return 0


def _messages(parsed: Any) -> Iterable[AirbyteMessage | PageOfRecords]:
    config = files.config(parsed.config)
    files.refuse_other_manifests(parsed, config)
    if parsed.command == "read":
        catalog, state = files.catalog(parsed.catalog), files.state(parsed.state)
        entrypoint = CircleEntrypoint(_SourceOfPages(catalog, config, state))
        _collect_rarely()
        return entrypoint.messages(entrypoint.read, config, catalog, state)
    entrypoint = CircleEntrypoint(SourceCircleEvents(None, config))
    _collect_rarely()
    return entrypoint.messages(getattr(entrypoint, parsed.command), config)


def _collect_rarely() -> None:
    """A long sync makes no cycles; by default the collector would run, in vain, ten times a page
    (measured: a third of the CPU of a long sync)."""
    gc.freeze()
    gc.set_threshold(200_000)
    gc.enable()


def _log_to(out: Stdout) -> None:
    """Workers log while a page is being written, and a pipe takes a page in pieces: whoever writes to
    stdout must hold the one lock, or a line of the log would cut a record in two."""
    logging.raiseExceptions = (
        False  # a line that cannot be written is met again by the next message
    )
    for handler in (*logging.root.handlers, *logging.getLogger("airbyte").handlers):
        if isinstance(handler, logging.StreamHandler):
            handler.stream = out
