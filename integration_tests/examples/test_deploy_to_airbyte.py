"""examples/deploy_to_airbyte.py, against a stub of Airbyte's API."""

from __future__ import annotations

import copy
import json
import re
import sys
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from requests import ConnectTimeout
from requests_mock import ANY, Mocker

from harness.streams import MANIFEST, ROOT

sys.path.append(str(ROOT / "examples"))

WORKSPACE, DESTINATION, OTHER = (str(uuid.uuid4()) for _ in range(3))
SECRETS = ("circle-t0ken", "client-s3cret", "access-t0ken")
CREATED = ["POST definition", "POST source", "POST connection"]


class Stub:
    """Airbyte's public API for one workspace; `fault` may return another status and body."""

    def __init__(self) -> None:
        self.rows: dict[str, list[Any]] = {"definition": [], "source": [], "connection": []}
        self.writes: list[str] = []
        self.sent: dict[str, Any] = {}
        self.jobs = iter(("running", "incomplete", "running", "succeeded"))
        self.fault: Callable[[str], tuple[int, str] | None] = lambda _: None

    def __call__(self, request: Any, context: Any) -> str:
        found = re.search(
            r"token$|destination|declarative_source|source|connection|job", request.path
        )
        kind = (found[0] if found else "").replace("declarative_source", "definition")
        context.status_code, content = self.fault(f"{request.method} {kind}") or (200, "")
        if not content:
            content = json.dumps(self.answer(request, kind))
        context.headers["Content-Type"] = "text/html" if content[0] == "<" else "application/json"
        return content.replace("{request}", json.dumps(f"{request.headers} {request.text}")[1:-1])

    def answer(self, request: Any, kind: str) -> Any:
        if kind == "token":
            return {"access_token": SECRETS[2], "token_type": "Bearer", "expires_in": 900}
        if kind == "destination":
            return {"workspaceId": WORKSPACE}
        if kind == "job":
            status = "pending" if request.method == "POST" else next(self.jobs)
            return {"jobId": 1, "status": status, "rowsSynced": 1234}
        rows, key = self.rows[kind], "id" if kind == "definition" else f"{kind}Id"
        if request.method == "GET":
            offset = int(request.qs.get("offset", ["0"])[0])
            page = rows if kind == "definition" else rows[offset : offset + 2]
            return {"data": [shown(row) for row in page]}
        name, body = f"{request.method} {kind}", request.json()
        self.writes.append(name)
        self.sent[name] = copy.deepcopy(body)
        if request.method == "POST":
            rows.append(row := {key: str(uuid.uuid4()), "status": "locked"})
        else:
            row = next(one for one in rows if one[key] in request.path)
        if "schedule" in body:
            body["schedule"]["cronExpression"] += " UTC"
        row.update(body)
        return shown(row)


def shown(row: Any) -> Any:
    hidden = copy.deepcopy(row)
    if "configuration" in row:
        hidden["configuration"]["api_token"] = "**********"
    return hidden


@pytest.fixture
def stub(requests_mock: Mocker) -> Stub:
    stub = Stub()
    requests_mock.register_uri(ANY, ANY, text=stub)
    return stub


@pytest.fixture
def command(stub, tmp_path, monkeypatch, capsys):
    """Runs the command in this process and checks that it prints no secret."""
    monkeypatch.setenv("AIRBYTE_CLIENT_ID", str(uuid.uuid4()))
    monkeypatch.setenv("AIRBYTE_CLIENT_SECRET", SECRETS[1])
    monkeypatch.setattr("deploy_to_airbyte.PAUSE", 0.01)
    file = tmp_path / "config.json"
    ends = ["--workspace", WORKSPACE, "--destination", DESTINATION]

    def run(*more: str, **config: str) -> tuple[int, str]:
        file.write_text(json.dumps({"api_token": SECRETS[0], **config}))
        monkeypatch.setattr(sys, "argv", ["deploy", str(file), *ends, *more])
        stub.writes.clear()
        code: Any = 0
        try:
            from deploy_to_airbyte import main  # here, because importing it takes seconds

            main()
        except SystemExit as stop:
            code = stop.code
        said = "".join(capsys.readouterr()) + (code if isinstance(code, str) else "")
        assert not [secret for secret in SECRETS if secret in said]
        return int(bool(code)), said

    return run


def test_the_first_run_creates_three_and_the_second_changes_nothing(command, stub):
    assert command("--dry-run")[1].count("would create") == 3
    assert stub.writes == []
    assert command()[0] == 0
    assert stub.writes == CREATED
    # test_builder.py reads pages with it.
    assert stub.sent["POST definition"]["manifest"] == MANIFEST
    made = stub.sent["POST connection"]
    assert made["nonBreakingSchemaUpdatesBehavior"] == "propagate_columns"
    modes = {stream["syncMode"] for stream in made["configurations"]["streams"]}
    assert modes == {"incremental_deduped_history"}
    code, said = command("--start-sync")
    assert (code, stub.writes, said.count("unchanged")) == (0, [], 3)
    assert "sync succeeded, 1,234 rows" in said
    assert said.count("--update-token") == 1


def test_only_what_changed_is_updated(command, stub, tmp_path, monkeypatch):
    command()
    changed = tmp_path / "manifest.yaml"
    changed.write_text(yaml.dump({**MANIFEST, "description": "new"}, Dumper=yaml.CSafeDumper))
    monkeypatch.setattr("deploy_to_airbyte.MANIFEST", changed)
    command()
    assert stub.writes == ["PUT definition"]
    for config in ({"start_date": "2025-01-01"}, {}):
        assert "would update source" in command("--dry-run", **config)[1]
        command(**config)
        assert stub.writes == ["PUT source"]
        assert stub.sent["PUT source"]["configuration"] == {"api_token": SECRETS[0], **config}
    command("--update-token")
    assert stub.writes == ["PUT source"]
    renaming = {"newFieldName": "b", "originalFieldName": "a"}
    chosen = {"mappers": [{"type": "field-renaming", "mapperConfiguration": renaming}]}
    streams = stub.rows["connection"][0]["configurations"]["streams"]
    streams[0].update(chosen, syncMode="incremental_append")
    command()
    assert stub.writes == ["PATCH connection"]
    assert chosen.items() <= stub.sent["PATCH connection"]["configurations"]["streams"][0].items()
    for changes in (["PATCH connection"], []):
        command("--every", "6h")
        assert stub.writes == changes


@pytest.mark.parametrize("failing", CREATED)
def test_a_run_that_failed_is_resumed_by_the_next(command, stub, failing):
    quoted = 500, '{"data": {"message": "{request}"}}'
    stub.fault = lambda name: quoted if name == failing else None
    code, said = command()
    assert code == 1
    assert f"Could not create the {failing.split()[1]}" in said
    done = len(stub.writes)
    assert said.count("created") == done
    stub.fault = lambda _: None
    assert command()[0] == 0
    assert stub.writes == CREATED[done:]


@pytest.mark.parametrize(
    ("request_", "answer", "said"),
    [
        ("POST token", (401, "{}"), "refuses the credentials"),
        ("GET definition", (404, '{"title": "x"}'), "too old"),
        ("GET definition", (200, "<html>Sign in</html>"), "Check --server"),
        ("POST source", (422, '{"data": {"message": "{request}"}}'), "***"),
        ("POST connection", (400, '{"detail": "no such mode"}'), "no such mode"),
    ],
)
def test_an_error_is_one_sentence(command, stub, request_, answer, said):
    stub.fault = lambda name: answer if name == request_ else None
    code, told = command()
    assert code == 1
    assert said in told
    assert told.count("Could not") == 1
    assert told.count("created") == len(stub.writes)


def test_other_things_in_the_workspace(command, stub):
    """More than one page of them, special characters in names, two of one name."""
    others = [{key: str(n) for key in ("sourceId", "connectionId", "name")} for n in range(5)]
    stub.rows["source"] = [*others]
    stub.rows["connection"] = [{**each, "destinationId": ""} for each in others]
    name = 'Größe [red] "ein" \\ 🎉'
    assert command("--name", name)[0] == 0
    assert command("--name", name)[1].count("unchanged ") == 3
    stub.rows["source"].append({**stub.rows["source"][-1], "sourceId": OTHER})
    code, said = command("--name", name)
    assert (code, stub.writes) == (1, [])
    assert "There are 2 sources" in said
    assert OTHER in said
    stub.rows["source"].pop()
    stub.rows["source"][-1]["definitionId"] = OTHER
    assert "of another connector" in command("--name", name)[1]
    assert f"is in workspace {WORKSPACE}" in command("--workspace", OTHER)[1]


def test_an_unreachable_server_is_reported_in_one_sentence(command, stub, requests_mock):
    requests_mock.get(ANY, exc=ConnectTimeout)
    assert "does not answer (ConnectTimeout)" in command()[1]
