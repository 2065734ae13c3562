"""For discover: adds a column for each undocumented top-level field of the newest records.

Destinations drop a top-level field that the schema does not declare. They keep all fields inside an
object column, so those need no declaration.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import msgspec
from airbyte_cdk.models import AirbyteCatalog, AirbyteStream
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

SAMPLE_SIZE: Final = 500
"""Records to request: enough to find a field that one record in a hundred has."""

# A string column takes any value; in an integer, boolean or object column, destinations replace values
# of another type by null. The manifest uses the same type for such columns.
_LEARNED: Final = {"type": ["null", "string"]}

_fields: Final = msgspec.json.Decoder(list[dict[str, msgspec.Raw]]).decode

logger = logging.getLogger("airbyte.discover")


def learned_catalog(
    catalog: AirbyteCatalog, newest_rows: Callable[[str], Sequence[bytes]]
) -> AirbyteCatalog:
    """Returns `catalog` with the undeclared fields of each stream's newest records added.

    `newest_rows` returns records of a stream as a read would emit them. A stream that cannot be read
    keeps its schema, so that users can set up a connection while Circle is down. Streams are requested
    in parallel: if the network drops the requests, discover waits for one timeout only.
    """

    def widen(stream: AirbyteStream) -> None:
        try:
            records = _fields(b"[" + b",".join(newest_rows(stream.name)) + b"]")
        except Exception as error:  # noqa: BLE001 (discover must answer, whatever happens)
            # Only our own messages are quoted: a library's may contain the request with the token.
            ours = isinstance(error, AirbyteTracedException) and error.message
            logger.warning(
                f'The newest records of "{stream.name}" could not be read, so its schema has the '
                "documented fields only. Run discover again later to add other fields. The cause: "
                f"{ours or type(error).__name__}"
            )
        else:
            known = stream.json_schema["properties"]
            new = sorted({field for record in records for field in record} - known.keys())
            properties = known | {name: dict(_LEARNED) for name in new}
            stream.json_schema = stream.json_schema | {"properties": properties}

    with ThreadPoolExecutor() as pool:
        list(pool.map(widen, catalog.streams))
    return catalog
