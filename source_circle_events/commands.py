"""Runs check, discover and read, and writes their messages.

It replaces the CDK's entrypoint, which builds an object for each record and encodes it as JSON. Our
records are JSON already.
"""

from __future__ import annotations

import gc
import logging
import os
from argparse import Namespace
from collections.abc import Iterator, Mapping
from typing import Any

from airbyte_cdk.entrypoint import AirbyteEntrypoint
from airbyte_cdk.exception_handler import assemble_uncaught_exception
from airbyte_cdk.logger import AirbyteLogFormatter, is_platform_debug_log_enabled
from airbyte_cdk.models import AirbyteMessage, Type
from airbyte_cdk.utils.airbyte_secrets_utils import update_secrets
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_circle_events import inputs
from source_circle_events.output.record_messages import PageOfRecords
from source_circle_events.output.stdout import STDOUT
from source_circle_events.source import SourceCircleEvents

logger = logging.getLogger("airbyte")


def launch(options: Namespace) -> int:
    """Runs `options.command`, writes its messages or its error, and returns the exit code."""
    _log_to_stdout(debug=options.debug)
    try:
        for message in _messages(options):
            if isinstance(message, PageOfRecords):
                for lines in message.lines():
                    STDOUT.send(lines)
            else:
                _write(message)
    except Exception as error:  # noqa: BLE001  (any error is reported)
        write_error(error)
        return 1
    return 0


def hide_secrets(config: Mapping[str, Any]) -> None:
    """Makes the CDK mask the config's secrets in logs and errors.

    Short texts and numbers are not masked: the CDK would also replace them inside the JSON of other
    messages and make it invalid.
    """
    given = [config.get(key) for key in ("api_token", "hash_key")]
    texts = [text.strip() for text in given if isinstance(text, str)]
    update_secrets([text for text in texts if len(text) > 5 and not text.isdigit()])


def write_error(error: Exception) -> None:
    """Writes the error that ends a command; logs the traceback of an unexpected one."""
    if not isinstance(error, AirbyteTracedException):
        logger.critical(error, exc_info=error)
    _write(assemble_uncaught_exception(type(error), error).as_sanitized_airbyte_message())


def _messages(options: Namespace) -> Iterator[AirbyteMessage | PageOfRecords]:
    config = inputs.config(options.config)
    hide_secrets(config)
    reads = options.command == "read"
    catalog = inputs.catalog(options.catalog) if reads else None
    state = inputs.state(options.state) if reads else []
    source = SourceCircleEvents(catalog, config, state)
    # A long sync makes no reference cycles. With the default threshold, the garbage collector would run
    # ten times a page (measured: a third of the CPU of a long sync).
    gc.freeze()
    gc.set_threshold(200_000)
    gc.enable()
    if catalog:
        yield from source.read_pages(logger, config, catalog)
    elif options.command == "check":
        yield AirbyteMessage(Type.CONNECTION_STATUS, connectionStatus=source.check(logger, config))
    else:
        yield AirbyteMessage(Type.CATALOG, catalog=source.discover(logger, config))


def _log_to_stdout(*, debug: bool) -> None:
    """Sends log messages through STDOUT, so that a log line of a worker never splits a record."""
    if debug:
        os.environ["LOG_LEVEL"] = "debug"  # without it, the CDK's formatter prints invalid messages
    handler = logging.StreamHandler(STDOUT)
    handler.setFormatter(AirbyteLogFormatter("%(message)s"))
    logging.basicConfig(handlers=[handler], force=True)
    if is_platform_debug_log_enabled():
        logger.setLevel(logging.DEBUG)


def _write(message: AirbyteMessage) -> None:
    STDOUT.write(f"{AirbyteEntrypoint.airbyte_message_to_string(message)}\n")
