"""Runs a command of the Airbyte protocol with the CDK's entrypoint, its last step done by the page.

The CDK turns each record into a message object and each message into JSON; our pages are JSON already.
"""

from __future__ import annotations

import ctypes
import gc
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, cast

from airbyte_cdk.entrypoint import AirbyteEntrypoint
from airbyte_cdk.exception_handler import assemble_uncaught_exception
from airbyte_cdk.logger import PRINT_BUFFER, is_platform_debug_log_enabled
from airbyte_cdk.models import (
    AirbyteMessage,
    AirbyteStateMessage,
    ConfiguredAirbyteCatalog,
    ConnectorSpecification,
)
from airbyte_cdk.sources.connector_state_manager import HashableStreamDescriptor
from airbyte_cdk.utils.airbyte_secrets_utils import update_secrets
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_circle_events import inputs
from source_circle_events.errors import config_error
from source_circle_events.output.records import PageOfRecords
from source_circle_events.output.stdout import STDOUT
from source_circle_events.source import SourceCircleEvents

logger = logging.getLogger("airbyte")


class _SourceOfPages(SourceCircleEvents):
    """Yields a page where others yield its records."""

    read = SourceCircleEvents.read_pages  # type: ignore[assignment]


class CircleEntrypoint(AirbyteEntrypoint):
    def messages(
        self,
        command: str,
        config: Mapping[str, Any],
        catalog: ConfiguredAirbyteCatalog | None,
        state: list[AirbyteStateMessage],
    ) -> Iterator[AirbyteMessage | PageOfRecords]:
        """What the CDK's `run` yields, without its temporary folder, which a signal would leave
        behind, and without reading the files again, which a pipe allows once only."""
        spec = self.source.spec(self.logger)
        try:
            if command == "read":
                yield from self.read(spec, config, catalog, state)
            else:
                yield from (self.check if command == "check" else self.discover)(spec, config)
        except Exception:
            yield from self._emit_queued_messages(self.source)
            raise

    @staticmethod
    def validate_connection(source_spec: ConnectorSpecification, config: Mapping[str, Any]) -> None:
        """Nothing: the source judges its config itself, in sentences that name the key. The CDK's
        own check would quote values."""

    @staticmethod
    def set_up_secret_filter(
        config: Mapping[str, Any],
        connection_specification: Mapping[str, Any],  # noqa: ARG004
    ) -> None:
        """Also without the spaces that were copied with them; but no short one or number: the CDK
        replaces it within whole messages, and what is left of `"emitted_at":1767225600` is no JSON."""
        given = [config.get(key) for key in ("api_token", "hash_key")]
        texts = [text.strip() for text in given if isinstance(text, str)]
        update_secrets([text for text in texts if len(text) > 5 and not text.isdigit()])

    def handle_record_counts(  # type: ignore[override]  # the CDK calls it on the instance
        self,
        message: AirbyteMessage | PageOfRecords,
        stream_message_count: dict[HashableStreamDescriptor, float],
    ) -> Any:
        """As the CDK, which puts the number of records before a STATE into it.

        Its look at the memory, every 5,000 messages, comes after each page: a page is up to 2,000.
        """
        if not isinstance(message, PageOfRecords):
            return AirbyteEntrypoint.handle_record_counts(message, stream_message_count)  # type: ignore[arg-type]
        stream_message_count[HashableStreamDescriptor(name=message.stream)] += message.count
        self._memory_monitor._message_count = -1  # noqa: SLF001
        return message


def launch(args: list[str]) -> None:
    """Run `check`, `discover` or `read`; raises what it fails of."""
    parsed = AirbyteEntrypoint.parse_args(args)
    _share_memory()
    # Workers log while a page is being written: by the same lock, or a line of the log would cut a
    # record in two. The buffer itself is led there, since the CDK makes new handlers now and then.
    buffer = cast("Any", PRINT_BUFFER)
    buffer.write, buffer.flush = STDOUT.write, STDOUT.flush
    if parsed.debug:
        os.environ["LOG_LEVEL"] = "debug"  # else the CDK prints lines of no kind of the protocol
    if is_platform_debug_log_enabled():
        logger.setLevel(logging.DEBUG)
    config = inputs.config(parsed.config)
    refuse_other_manifests(parsed, config)
    reads = parsed.command == "read"
    catalog = inputs.catalog(parsed.catalog) if reads else None
    state = inputs.state(parsed.state) if reads else []
    entrypoint = CircleEntrypoint(_SourceOfPages(catalog, config, state))
    # A long sync makes no cycles; by default the collector would run, in vain, ten times a page
    # (measured: a third of the CPU of a long sync).
    gc.freeze()
    gc.set_threshold(200_000)
    gc.enable()
    for message in entrypoint.messages(parsed.command, config, catalog, state):
        if isinstance(message, PageOfRecords):
            for lines in message.lines():
                STDOUT.send(lines)
        else:
            STDOUT.write(f"{entrypoint.airbyte_message_to_string(message)}\n")


def refuse_other_manifests(options: Any, config: Mapping[str, Any]) -> None:
    """The CDK's parser and its source know them, for its own runtime."""
    asked = [
        f"--{name}-path" for name in ("manifest", "components") if vars(options)[f"{name}_path"]
    ]
    injected = ("__injected_declarative_manifest", "__injected_components_py")
    asked += [key for key in injected if key in config]
    if asked:
        raise config_error(
            f"{asked[0]} is not for this command, which runs its own manifest. To run another one, "
            'use "source-declarative-manifest".'
        )


def tell(error: Exception) -> None:
    """The error that ends a command as a TRACE; with its traceback in the log, if it is none of ours."""
    if not isinstance(error, AirbyteTracedException):
        logger.critical(error, exc_info=error)
    message = assemble_uncaught_exception(type(error), error).as_sanitized_airbyte_message()
    STDOUT.write(f"{CircleEntrypoint.airbyte_message_to_string(message)}\n")


def _share_memory() -> None:
    """One pool of freed memory for all threads, where the C library is glibc: by default each worker
    would keep the pages it has freed (measured: 40 MB more with ten workers)."""
    most_arenas = -8
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).mallopt(most_arenas, 1)
