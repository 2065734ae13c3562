"""The connector, run by PyAirbyte as by anyone who uses it from Python.

Importing this module takes seconds: PyAirbyte brings clients for every warehouse it knows.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, ClassVar
from unittest.mock import patch

import airbyte
from airbyte.caches import DuckDBCache
from airbyte.exceptions import AirbyteConnectorCheckFailedError, PyAirbyteError
from airbyte.progress import ProgressStyle, ProgressTracker

from demo.service import RefusedError

NAME = "source-circle-events"
_COMMAND = Path(sys.executable).with_name(NAME)


class Progress(ProgressTracker):
    """PyAirbyte's own count of what was read, which is otherwise out of reach until the end."""

    latest: ClassVar[Progress | None] = None

    def __init__(self, **components: Any) -> None:
        super().__init__(ProgressStyle.NONE, **components)
        Progress.latest = self


class _LastError(logging.Handler):
    """PyAirbyte raises "Connector failed" and says why in its log only."""

    text = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.text = record.getMessage()


class Connector:
    def __init__(self, config: Mapping[str, str]) -> None:
        with redirect_stdout(sys.stderr):
            self._source = airbyte.get_source(NAME, config=dict(config), local_executable=_COMMAND)
        self._error = _LastError(logging.ERROR)
        log = logging.getLogger(f"airbyte.{NAME}")
        log.addHandler(self._error)
        log.addHandler(logging.StreamHandler())

    def check(self) -> None:
        try:
            self._source.check()
        except AirbyteConnectorCheckFailedError as error:
            raise self._refused(error) from error

    def discover(self) -> dict[str, Mapping[str, Any]]:
        """Stream -> its JSON schema."""
        try:
            streams = self._source.discovered_catalog.streams
        except PyAirbyteError as error:
            raise self._refused(error) from error
        return {stream.name: stream.json_schema for stream in streams}

    def sync(self, file: Path) -> dict[str, int]:
        """Read what is new since the state in `file` into it; stream -> records received."""
        try:
            with (
                patch("airbyte.sources.base.ProgressTracker", Progress),
                redirect_stdout(sys.stderr),
                DuckDBCache(db_path=file) as cache,
            ):
                self._source.select_all_streams()
                self._source.read(cache=cache)
        except PyAirbyteError as error:
            raise self._refused(error) from error
        assert Progress.latest is not None
        return dict(Progress.latest.stream_read_counts)

    def _refused(self, error: PyAirbyteError) -> RefusedError:
        reason = (error.context or {}).get("failure_reason")
        return RefusedError(reason or self._error.text or str(error))
