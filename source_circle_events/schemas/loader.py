"""The schema loader the package uses where the manifest has its inline schemas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import InitVar, dataclass
from typing import Any

from airbyte_cdk.sources.declarative.schema.schema_loader import SchemaLoader
from airbyte_cdk.sources.types import Config

from source_circle_events.privacy.transform import personal_data
from source_circle_events.schemas.documents import resolved


@dataclass
class DocumentedSchemaLoader(SchemaLoader):
    """The documented schema with its references resolved, as `personal_data` leaves the records.

    Nothing is asked of the service: the CDK loads schemas on every read too. What discover adds
    comes on top, in `discovery`.
    """

    stream_name: str
    config: Config
    parameters: InitVar[Mapping[str, Any]]

    def get_json_schema(self) -> Mapping[str, Any]:
        return personal_data(self.config).schema(resolved(self.stream_name))
