"""Answers discover: the documents, what the catalogue expects, and one page of records.

The expectation is there because a page holds the names of the last hours and a community has rare
ones: a column must not change its shape the first time somebody fails a quiz. It only names keys
and their models; where a record says otherwise, the schema takes both.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import InitVar, dataclass
from typing import Any, Final

from airbyte_cdk.models import AirbyteCatalog, AirbyteStream
from airbyte_cdk.sources.declarative.schema.schema_loader import SchemaLoader
from airbyte_cdk.sources.types import Config
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_circle_events.config import Config as Settings
from source_circle_events.privacy.transform import PersonalData, personal_data
from source_circle_events.schemas.catalogue import event_types
from source_circle_events.schemas.documents import JsonSchema, model, resolved
from source_circle_events.schemas.inference import learned, merged

SAMPLE_SIZE: Final = 500
"""Records to ask for: a quarter of a full page, yet names that are one in a hundred are in it."""

logger = logging.getLogger("airbyte.discover")


def learned_catalog(
    catalog: AirbyteCatalog,
    newest_page: Callable[[str], Sequence[bytes]],
    personal: PersonalData,
) -> AirbyteCatalog:
    """`catalog` with each schema widened by the stream's newest records.

    `newest_page` asks for the rows of a stream. One whose page fails keeps the schema it has: a
    connection must be possible to set up, and its schema to be looked at, while the service is away.
    All are asked at the same time, so that a network that swallows requests costs one timeout.
    """

    def widen(stream: AirbyteStream) -> None:
        try:
            records = map(json.loads, newest_page(stream.name))
            stream.json_schema = personal.schema(discovered(stream.name, records))
        except Exception as error:  # noqa: BLE001 (whatever it is, discover has an answer)
            # Only our own errors are quoted: a library's may hold the request, and with it the token.
            ours = isinstance(error, AirbyteTracedException) and error.message
            logger.warning(
                f'The newest records of "{stream.name}" could not be read, so its schema has the '
                f"documented fields only: {ours or type(error).__name__ + '.'} Run discover again to "
                "add the others."
            )

    with ThreadPoolExecutor() as pool:
        list(pool.map(widen, catalog.streams))
    return catalog


def discovered(stream: str, records: Iterable[Mapping[str, Any]]) -> JsonSchema:
    """The schema of `stream` given some of its records; the same for the same records."""
    return learned(expected(stream), records)


def expected(stream: str) -> JsonSchema:
    """The documented schema with the models the catalogue expects, under the keys it expects."""
    schema = resolved(stream)
    places = schema["properties"].get("payload", schema)["properties"]
    for event in event_types(stream):
        for key, name in event.models.items():
            places[key] = merged(places[key], model(name)) if key in places else model(name)
    return schema


@dataclass
class DocumentedSchemaLoader(SchemaLoader):
    """The schema of a stream while it is read: the documents, as `personal_data` leaves the records.

    The package uses it where the manifest has its inline schemas. Nothing is asked of the service:
    the CDK loads schemas on every read too.
    """

    stream_name: str
    config: Config
    parameters: InitVar[Mapping[str, Any]]

    def get_json_schema(self) -> Mapping[str, Any]:
        return personal_data(Settings.of(self.config)).schema(resolved(self.stream_name))
