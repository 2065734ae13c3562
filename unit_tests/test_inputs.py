"""Files are taken as they can be meant; the rest is a sentence that says what is there."""

from __future__ import annotations

import json

import pytest
from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_circle_events import inputs

STREAM = {"name": "events", "json_schema": {}, "supported_sync_modes": ["incremental"]}
LOG = json.dumps({"type": "LOG", "log": {"level": "INFO", "message": "x"}})
# Raw, as a read writes it: U+2028 ends a line for Python, not for the protocol.
RECORD = '{"type":"RECORD","record":{"stream":"events","data":{"a":"x\u2028y"},"emitted_at":1}}'


def state(created_at):
    descriptor = {"stream_descriptor": {"name": "events"}}
    return {
        "type": "STREAM",
        "stream": {**descriptor, "stream_state": {"created_at": created_at}},
    }


def line(created_at):
    return json.dumps({"type": "STATE", "state": state(created_at)})


@pytest.fixture
def file(tmp_path):
    def write(content, encoding="utf-8"):
        path = tmp_path / "file"
        path.write_text(content, encoding)
        return str(path)

    return write


@pytest.mark.parametrize(
    "content",
    [
        line("2"),
        json.dumps(json.loads(line("2")), indent=2),
        json.dumps([state("2")]),
        json.dumps([json.loads(line("2"))]),
        json.dumps(state("2")),
        "\n".join(json.dumps(json.loads(one), indent=2) for one in (line("1"), line("2"))),  # jq's
        json.dumps({"type": "STATE", "state": {"data": {"events": {"created_at": "2"}}}}),
        '{"events": {"created_at": "2"}}',
        "\n".join([LOG, RECORD, line("1"), RECORD, line("2"), LOG, ""]),
        "\n".join([LOG, line("1"), line("2"), RECORD[:30]]),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_given_a_state_in_any_wrapping_then_it_is_taken(file, content, encoding):
    *_, last = inputs.state(file(content, encoding))

    taken = vars(last.stream.stream_state) if last.stream else last.data["events"]
    assert taken == {"created_at": "2"}


@pytest.mark.parametrize("content", ["", " \n", "{}", "[]", "null", RECORD])
def test_given_a_state_file_without_a_state_then_there_is_none(file, content):
    assert inputs.state(file(content)) == []


@pytest.mark.parametrize(
    "content",
    [
        "\n".join([LOG, json.dumps({"type": "CATALOG", "catalog": {"streams": [STREAM]}})]),
        json.dumps({"streams": [STREAM]}),
        json.dumps([STREAM]),
        json.dumps({"catalog": {"streams": [STREAM]}}, indent=2),
        json.dumps({"streams": [{"stream": {"name": "events"}}]}),
        json.dumps({"streams": [{"stream": STREAM, "destination_sync_mode": "overwrite_dedup"}]}),
    ],
)
def test_given_what_discover_printed_then_every_stream_is_read_incrementally(file, content):
    (stream,) = inputs.catalog(file(content)).streams

    assert (stream.stream.name, stream.sync_mode.value) == ("events", "incremental")
    assert stream.destination_sync_mode.value == "append_dedup"


@pytest.mark.parametrize(
    ("read", "content", "said"),
    [
        (inputs.config, "", "the file is empty"),
        (inputs.config, "[]", "there is a list"),
        (inputs.config, LOG, "there is a LOG message"),
        (inputs.config, '{"api_token": secret}', "no JSON (line 1, column 15)"),
        (inputs.config, '{"api_token": "secret"}\n{"personal_data"', "no JSON (line 2, column 17)"),
        (inputs.catalog, "", "the file is empty"),
        (inputs.catalog, '{"a": 1}', 'there is an object with "a"'),
        (inputs.catalog, LOG, "there is a LOG message"),
        (
            inputs.catalog,
            json.dumps({"streams": [STREAM, {"stream": 1}]}),
            "stream number 2 must be",
        ),
        (inputs.catalog, '{"streams": [{"stream": {"name": "events"}, "config": {}}]}', "number 1"),
        (inputs.state, "5", "there is a number"),
        (inputs.state, "[" * 99_999, "it is no JSON."),
        (inputs.state, "1" * 9_999, "it is no JSON."),
        (inputs.state, '{"type": "CATALOG", "catalog": {}}', "there is a CATALOG message"),
        (inputs.state, '{"type": "STREAM", "stream": null}', "there is a STREAM message"),
        (inputs.state, '{"api_token": "secret"}', 'there is an object with "api_token"'),
        (
            inputs.state,
            '[{"streamDescriptor": {"name": "events"}, "streamState": {}}]',
            'a list that begins with an object with "streamDescriptor"',
        ),
        (inputs.state, '{"created_at": "2025-01-01"}', 'there is an object with "created_at"'),
        (inputs.state, "\n".join([line("1"), "rubbish", line("2")]), "no JSON (line 2, column 1)"),
    ],
)
def test_given_a_file_that_cannot_be_meant_then_it_is_said_what_is_there(file, read, content, said):
    path = file(content)
    with pytest.raises(AirbyteTracedException) as caught:
        read(path)

    assert path in caught.value.message
    assert said in caught.value.message
    assert "secret" not in caught.value.message
    assert caught.value.failure_type == FailureType.config_error


@pytest.mark.parametrize("name", ["none", "\udcff.json"])
def test_given_no_such_file_then_it_is_said_in_utf8(tmp_path, name):
    with pytest.raises(AirbyteTracedException, match="no such file or directory") as caught:
        inputs.config(str(tmp_path / name))

    assert caught.value.message.encode()


def test_given_the_records_of_a_read_beside_its_states_then_they_are_not_decoded(file, monkeypatch):
    decoded = []
    decode = json.JSONDecoder.raw_decode
    monkeypatch.setattr(
        json.JSONDecoder, "raw_decode", lambda *given: decoded.append(1) or decode(*given)
    )
    (taken,) = inputs.state(file("\n".join([RECORD] * 1_000 + [line("1")] + [RECORD] * 1_000)))

    assert vars(taken.stream.stream_state) == {"created_at": "1"}
    assert len(decoded) == 1
