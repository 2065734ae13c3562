"""`--vendor`: right settings from files of many shapes, a sentence for a file that is none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_circle_events.probe.vendor import settings_of

ROOT = Path(__file__).parents[2]
HOST = "https://data.example.org"
BUILDER = """
definitions:
  requester: {url_base: https://data.example.org/v2/, authenticator: {type: BearerAuthenticator}}
  events:
    name: events
    retriever: {requester: {$ref: "#/definitions/requester", path: /circle/events}}
  visits:
    name: member_visit_events
    retriever: {requester: {$ref: "#/definitions/requester", path: /circle/member_visit_events}}
streams: [{$ref: "#/definitions/events"}, {$ref: "#/definitions/visits"}]
"""
PARAMETERS = """
definitions: {requester: {url_base: https://data.example.org/api}}
streams:
- name: all_events
  $parameters: {path: events.json}
  retriever: {requester: {$ref: "#/definitions/requester"}}
- name: visits
  $parameters: {part: people, of: the stream}
  retriever:
    requester:
      $ref: "#/definitions/requester"
      $parameters: {of: visits}
      path: "{{ parameters.part }}/{{ parameters.of }}"
"""
TEMPLATES = """
streams:
- name: events
  retriever:
    requester:
      url: "{{ config.get('host', 'https://' ~ 'data.example.org') }}/{{ config['v'] or 'v3' }}/events"
      authenticator: {type: ApiKeyAuthenticator, header: X-Token}
- {name: visits, retriever: {requester: {url: "https://elsewhere.example.org/visits"}}}
spec: {connection_specification: {properties: {v: {default: v4}}}}
"""
OPENAPI = """
openapi: 3.0.1
servers: [{url: "https://data.example.org/{version}", variables: {version: {default: v1}}}]
security: [{token: []}]
paths:
  /events: {get: {parameters: [{$ref: "#/components/parameters/size"}]}}
  /events/{id}: {get: {}}
  /member_visits: {get: {}}
  /analytics/tracker_events: {get: {}}
components:
  parameters: {size: {name: per_page, in: query, schema: {maximum: 500}}}
  securitySchemes: {token: {type: http, scheme: bearer}}
"""
RELATIVE = OPENAPI.replace(HOST, "")
OURS = (ROOT / "manifest.yaml").read_text()
OUR_URL = "https://app.circle.so/data_api/v1"
PLAIN = (ROOT / "benchmarks/peers/plain_manifest.yaml").read_text()


def found(content: str) -> tuple[dict[str, str], str]:
    text = settings_of(content.encode())
    config, end = json.JSONDecoder().raw_decode(text)
    return config, text[end:]


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (BUILDER, [f"{HOST}/v2/circle", "events", "member_visit_events"]),
        (PARAMETERS, [f"{HOST}/api", "events.json", "people/visits"]),
        (TEMPLATES, [f"{HOST}/v4", "events"]),
        (OPENAPI, [f"{HOST}/v1", "events", "member_visits", "analytics/tracker_events"]),
        (RELATIVE, [None, "events", "member_visits", "analytics/tracker_events"]),
        (OURS, [OUR_URL, "events", "member_visits", "analytics_tracker_events"]),
        (PLAIN, [None, "events"]),
    ],
    ids=[
        "Builder",
        "parameters",
        "templates",
        "OpenAPI",
        "OpenAPI without a host",
        "ours",
        "plain",
    ],
)
def test_settings_follow_from_the_file(file: str, expected: list[str | None]) -> None:
    keys = ("base_url", "events_path", "member_visits_path", "tracker_events_path")
    settings = {key: value for key, value in zip(keys, expected, strict=False) if value}
    assert found(file)[0] == settings
    assert found(json.dumps(yaml.safe_load(file)))[0] == settings


def test_an_endpoint_without_a_path_has_no_setting() -> None:
    bare = {"name": "events", "retriever": {"requester": {"url_base": HOST}}}
    visits = {"name": "member_visits", "retriever": {"requester": {"url": f"{HOST}/visits"}}}
    settings = {"base_url": HOST, "member_visits_path": "visits"}
    assert found(json.dumps({"streams": [bare, visits]}))[0] == settings


def test_contradictions_are_told() -> None:
    words = found(TEMPLATES)[1]
    assert "authentication is the header X-Token" in words
    assert "member_visits: at https://elsewhere.example.org/visits, another host" in words
    assert "tracker_events: the file has no such endpoint" in words
    words = found(OPENAPI)[1]
    assert "per page is 500, where the connector assumes 2000" in words
    assert "parameters that we send are not in it" in words
    assert "authentication" not in words
    assert "base_url is <base_url>: what stands in" in found(PLAIN)[1]
    assert "Nothing in the file contradicts" in found(OURS)[1]


@pytest.mark.parametrize(
    "expression",
    [
        "'a' * 9",
        "'%9d' % 1",
        "9 ** 9",
        "'a'.zfill(9)",
        "'{:9}'.format(1)",
        "'a' | center(9)",
        "range(9) | list",
        "config.__class__.__mro__",
        "config | attr('clear')",
        "(" * 2_000 + ")" * 2_000,
    ],
)
def test_a_template_is_read_but_nothing_in_it_is_run(expression: str) -> None:
    requester = {"url": f"{HOST}/{{{{ {expression} }}}}/events"}
    file = {"streams": [{"name": "events", "retriever": {"requester": requester}}]}
    config, words = found(json.dumps(file))
    assert config == {"events_path": "events"}
    assert f"base_url is {HOST}/<" in words


LOOP = "{% for a in b %}x{% endfor %}"
BOMB = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 60))
LADDER = "streams: [{$ref: '#/b0'}]\nb60: {k: {}}\n" + "".join(
    f"b{n}: {{$ref: '#/b{n + 1}/k', k: {{$ref: '#/b{n + 1}/k'}}}}\n" for n in range(60)
)
MERGES = "a0: &a0 {k: v}\n" + "".join(
    f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}\n" for n in range(1, 12)
)


HOSTILE: dict[str, str | bytes] = {
    "empty": "",
    "html": "<html>",
    "list": "[1, 2]",
    "binary": b"\x00\xff\xfe",
    "no date": "date: 2025-13-45",
    "a Python object": "a: !!python/object/apply:os.system [ls]",
    "aliases of aliases": BOMB,
    "merges of merges": MERGES,
    "an alias of itself": "a: &a [*a]",
    "references of references": LADDER,
    "deep YAML": "[" * 100_000,
    "deep JSON": '{"a":' * 100_000,
    "deep JSON that is whole": '{"a":' * 5_000 + "1" + "}" * 5_000,
    "OpenAPI 2": "swagger: '2.0'\npaths: {}",
    "another API": "openapi: 3.0.0\npaths: {/pets: {get: {}}}",
    "a reference to itself": 'streams: [{$ref: "#/streams/0"}]',
    "a circle": 'a: {$ref: "#/b"}\nb: {$ref: "#/a"}\nstreams: [{$ref: "#/a"}]',
    "odd streams": "streams: [1, null, {}, {retriever: {requester: []}}]",
    "no address": "streams: [{name: events, retriever: {requester: {url: 'https://[h'}}}]",
    "odd paths": "openapi: 3.1.0\npaths: {/events: 1, 5: {get: 1}}",
    "a loop": f"streams: [{{name: events, retriever: {{requester: {{url: '{LOOP}'}}}}}}]",
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_a_file_that_is_none_is_told_in_a_sentence(content: str | bytes) -> None:
    with pytest.raises(AirbyteTracedException, match=r"^The file .*\.$"):
        settings_of(content if isinstance(content, bytes) else content.encode())
