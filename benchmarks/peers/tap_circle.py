"""A tap on the Meltano SDK, as its template writes one: `python tap_circle.py --config CONFIG`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import ParseResult, parse_qsl

import requests
from singer_sdk import RESTStream, Tap
from singer_sdk import typing as th
from singer_sdk.authenticators import BearerTokenAuthenticator
from singer_sdk.pagination import BaseHATEOASPaginator


class NextPage(BaseHATEOASPaginator):
    def get_next_url(self, response: requests.Response) -> str | None:
        link: str | None = response.json()["pagination"].get("next_page_uri")
        return link


class Events(RESTStream[ParseResult]):
    name = "events"
    path = "/events"
    primary_keys = ("id",)
    replication_key = "created_at"
    is_sorted = True
    records_jsonpath = "$.events[*]"
    schema = th.PropertiesList(
        th.Property("id", th.UUIDType, required=True),
        th.Property("name", th.StringType),
        th.Property("triggered_at", th.DateTimeType),
        th.Property("created_at", th.DateTimeType),
        th.Property("version", th.StringType),
        th.Property("payload", th.ObjectType(additional_properties=True)),
    ).to_dict()

    @property
    def url_base(self) -> str:
        return str(self.config["base_url"])

    @property
    def authenticator(self) -> BearerTokenAuthenticator:
        return BearerTokenAuthenticator(token=self.config["api_token"])

    def get_new_paginator(self) -> NextPage:
        return NextPage()

    def get_url_params(
        self, context: Mapping[str, Any] | None, next_page_token: ParseResult | None
    ) -> dict[str, object]:
        if next_page_token:
            return dict(parse_qsl(next_page_token.query))
        since = self.get_starting_replication_key_value(context)
        return {"per_page": 2000, "sort": "oldest", "created_at_gt": since}


class TapCircle(Tap):
    name = "tap-circle"
    config_jsonschema = th.PropertiesList(
        th.Property("api_token", th.StringType, required=True, secret=True),
        th.Property("base_url", th.StringType, required=True),
        th.Property("start_date", th.DateTimeType),
    ).to_dict()

    def discover_streams(self) -> Sequence[Events]:
        return [Events(self)]


if __name__ == "__main__":
    TapCircle.cli()
