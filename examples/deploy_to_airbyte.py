"""Puts the connector into Airbyte by its API: connector definition, source and connection.

    pip install '.[deploy]'
    export AIRBYTE_CLIENT_ID=... AIRBYTE_CLIENT_SECRET=...    # or AIRBYTE_ACCESS_TOKEN
    python examples/deploy_to_airbyte.py config.json --workspace ID --destination ID

Run it again after a change or an error: it finds what it made (definition and source by name, the
connection by source and destination) and creates or updates only what differs. Airbyte never shows
a stored API token, so a new token alone is not seen as a change: send it with --update-token.
"""

import argparse
import json
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml
from airbyte_api import api, models
from airbyte_client import Airbyte
from rich.console import Console

MANIFEST = Path(__file__).parents[1] / "manifest.yaml"
STREAMS = ("events", "member_visits", "tracker_events")
KEYS = {"cursorField": ["created_at"], "primaryKey": [["id"]]}
MODE = {"syncMode": "incremental_deduped_history", **KEYS}
NEW_COLUMNS = "propagate_columns"  # Airbyte's default is to ignore new columns
CRON = {"1h": "0 0 * * * ?", "6h": "0 0 0/6 * * ?", "12h": "0 0 0/12 * * ?", "24h": "0 0 0 * * ?"}
PAUSE = 5.0  # seconds between two looks at a running sync


def definition(airbyte: Airbyte, given: Any, manifest: Any) -> Any:
    """Creates or updates the connector definition. Returns its id, in a dry run perhaps None."""
    custom = airbyte.sdk.declarative_source_definitions
    operation = custom.list_declarative_source_definitions
    listing = api.ListDeclarativeSourceDefinitionsRequest(given.workspace)
    found = airbyte.find("definition", operation, listing, name=given.name)
    body: Any = models.CreateDeclarativeSourceDefinitionRequest(manifest, given.name)
    create = api.CreateDeclarativeSourceDefinitionRequest(body, given.workspace)
    body = models.UpdateDeclarativeSourceDefinitionRequest(manifest)
    update = api.UpdateDeclarativeSourceDefinitionRequest(body, found.get("id"), given.workspace)
    return airbyte.settle(
        f'definition "{given.name}"',
        found,
        {"manifest"} if found.get("manifest") != manifest else (),
        (custom.create_declarative_source_definition, create),
        (custom.update_declarative_source_definition, update),
    ).get("id")


def source(airbyte: Airbyte, given: Any, definition: Any, config: Any, secret: set[str]) -> Any:
    """Creates or updates the source. Airbyte shows asterisks for the settings in `secret`."""
    sources, name, workspace = airbyte.sdk.sources, given.name, given.workspace
    listing = api.ListSourcesRequest(limit=100, workspace_ids=[workspace])
    found = airbyte.find("source", sources.list_sources, listing, name=name)
    if found and found["definitionId"] != definition:
        sys.exit(f'A source "{name}" of another connector exists: choose another --name.')
    now = found.get("configuration", {})
    changes = {key for key in {**now, **config} if now.get(key) != config.get(key)}
    if not given.update_token:
        changes -= secret
    create = models.SourceCreateRequest(config, name, workspace, definition)
    update = api.PutSourceRequest(found.get("sourceId"), models.SourcePutRequest(config, name))
    calls = (sources.create_source, create), (sources.put_source, update)
    hint = " (if the API token is a new one, add --update-token: Airbyte hides the stored one)"
    return airbyte.settle(f'source "{name}"', found, changes, *calls, hint=hint).get("sourceId")


def connection(airbyte: Airbyte, given: Any, source: Any) -> Any:
    """Creates or updates the connection from the source to the destination."""
    connections, target = airbyte.sdk.connections, given.destination
    listing = api.ListConnectionsRequest(limit=100, workspace_ids=[given.workspace])
    ends = {"sourceId": source, "destinationId": target}
    found = airbyte.find("connection", connections.list_connections, listing, **ends)
    now = {each["name"]: each for each in found.get("configurations", {}).get("streams", ())}
    # What else was chosen for a stream in Airbyte stays: fields, mappers, namespace.
    streams = {each: {**now.get(each, {}), "name": each, **MODE} for each in STREAMS}
    changes: dict[str, Any] = {}
    if now != streams:
        chosen = {"streams": [*streams.values()]}
        changes["configurations"] = models.StreamConfigurations.from_dict(chosen)
    if found.get("nonBreakingSchemaUpdatesBehavior") != NEW_COLUMNS:
        changes["non_breaking_schema_updates_behavior"] = NEW_COLUMNS
    cron, timing = CRON[given.every or "1h"], found.get("schedule", {}).get("cronExpression") or ""
    if not found or (given.every and timing.removesuffix(" UTC") != cron):
        changes["schedule"] = models.AirbyteAPIConnectionSchedule("cron", cron)
    create = models.ConnectionCreateRequest(target, source, name=given.name, **changes)
    body = models.ConnectionPatchRequest(**changes)
    update = api.PatchConnectionRequest(body, found.get("connectionId"))
    calls = (connections.create_connection, create), (connections.patch_connection, update)
    return airbyte.settle(f'connection "{given.name}"', found, changes, *calls).get("connectionId")


def sync(airbyte: Airbyte, connection: str) -> None:
    """Starts a sync and shows its progress until it ends. Ctrl-C leaves it running."""
    jobs, asked = airbyte.sdk.jobs, models.JobCreateRequest(connection, models.JobTypeEnum.SYNC)
    job = airbyte.call("start a sync", jobs.create_job, asked)
    with suppress(KeyboardInterrupt), Console().status("sync pending") as status:
        while job["status"] in ("pending", "running", "incomplete"):
            time.sleep(PAUSE)
            job = airbyte.call("follow the sync", jobs.get_job, api.GetJobRequest(job["jobId"]))
            status.update(f"sync {job['status']}, {job.get('rowsSynced') or 0:,} rows")
    print(f"sync {job['status']}, {job.get('rowsSynced') or 0:,} rows")
    if job["status"] in ("failed", "cancelled"):
        sys.exit("Airbyte shows the reason on the connection's page.")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    add = parser.add_argument
    add("config", help="the source's settings, a JSON file; - reads stdin")
    add("--workspace", type=UUID, required=True, metavar="ID")
    add("--destination", type=UUID, required=True, metavar="ID")
    add("--server", default="https://api.airbyte.com/v1", help="of a self-managed Airbyte")
    add("--name", default="Circle events", help="of definition, source and connection")
    add("--every", choices=CRON, help="schedule; 1h for a new connection")
    add("--update-token", action="store_true", help="send the API token to an existing source")
    add("--dry-run", action="store_true", help="only say what would change")
    add("--start-sync", action="store_true", help="start a sync and wait for its end")
    given = parser.parse_args()
    given.workspace, given.destination = str(given.workspace), str(given.destination)
    manifest = yaml.safe_load(MANIFEST.read_bytes())
    spec = manifest["spec"]["connection_specification"]["properties"]
    try:
        text = sys.stdin.read() if given.config == "-" else Path(given.config).read_text()
        config = {**json.loads(text)}
    except (OSError, ValueError, TypeError) as error:
        sys.exit(f"The settings cannot be read from {given.config}: {error}")
    secret = {key for key in config if spec.get(key, {}).get("airbyte_secret")}
    airbyte = Airbyte(given.server, [str(config[key]) for key in secret], given.dry_run)
    asked = api.GetDestinationRequest(given.destination)
    found = airbyte.call("read the destination", airbyte.sdk.destinations.get_destination, asked)
    if found["workspaceId"] != given.workspace:
        sys.exit(f"The destination is in workspace {found['workspaceId']}, not {given.workspace}.")
    custom = definition(airbyte, given, manifest)
    made = connection(airbyte, given, source(airbyte, given, custom, config, secret))
    if given.start_sync and not given.dry_run:
        sync(airbyte, made)


if __name__ == "__main__":
    main()
