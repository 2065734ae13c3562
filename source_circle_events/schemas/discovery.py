"""Answers discover: the documented schemas, and a column for every other top-level field seen.

Destinations drop a top-level field that the schema does not declare. They keep what lies inside an
object column, so nothing is learned about that.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import msgspec
from airbyte_cdk.models import AirbyteCatalog, AirbyteStream
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

SAMPLE_SIZE: Final = 500
"""Records to ask for: a field that one in a hundred records has is among them."""

# The type of the manifest's learned columns: a string column takes any value, where a destination turns
# what does not fit an integer, boolean or object column into null.
_LEARNED: Final = {"type": ["null", "string"]}

_fields: Final = msgspec.json.Decoder(list[dict[str, msgspec.Raw]]).decode

logger = logging.getLogger("airbyte.discover")


def learned_catalog(
    catalog: AirbyteCatalog, newest_rows: Callable[[str], Sequence[bytes]]
) -> AirbyteCatalog:
    """`catalog` with the undeclared fields of each stream's newest records.

    `newest_rows` returns records of a stream as they would leave. A stream that cannot be read keeps
    its schema: users must be able to set up a connection while the service is down. All streams are
    asked at the same time, so that a network that swallows requests costs one timeout.
    """

    def widen(stream: AirbyteStream) -> None:
        try:
            records = _fields(b"[" + b",".join(newest_rows(stream.name)) + b"]")
        except Exception as error:  # noqa: BLE001 (discover must answer, whatever happens)
            # Only our own messages are quoted: a library's may hold the request, and so the token.
            ours = isinstance(error, AirbyteTracedException) and error.message
            logger.warning(
                f'The newest records of "{stream.name}" could not be read, so its schema has the '
                f"documented fields only: {ours or type(error).__name__ + '.'} Run discover again to "
                "add the others."
            )
        else:
            stream.json_schema = _widened(stream.json_schema, {f for r in records for f in r})

    with ThreadPoolExecutor() as pool:
        list(pool.map(widen, catalog.streams))
    return catalog


def _widened(schema: dict[str, Any], fields: set[str]) -> dict[str, Any]:
    new = {name: dict(_LEARNED) for name in sorted(fields - schema["properties"].keys())}
    return schema | {"properties": schema["properties"] | new}
