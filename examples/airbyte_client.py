"""Airbyte's own client for `deploy_to_airbyte.py`, with timeouts, retries and errors as sentences."""

import os
import sys
from collections.abc import Collection
from contextlib import suppress
from typing import Any

import requests
from airbyte_api import AirbyteAPI, models
from requests.adapters import HTTPAdapter
from urllib3 import Retry

READING, WRITING = 60, 300  # seconds; Airbyte runs the connector's discover for a new connection
FAILED = "Airbyte is busy or has failed. Wait a minute and run the command again."
HINTS = {
    401: "Airbyte refuses the credentials. An access token is valid for minutes only.",
    403: "These credentials do not allow it.",
    404: "It does not exist, or this Airbyte's API is too old for it.",
    429: FAILED,
}


class Session(requests.Session):
    """Sends the client's requests. Only those that read are repeated, as no write may happen twice."""

    def __init__(self, secrets: Collection[str]) -> None:
        super().__init__()
        self.doing, self.secrets = "", secrets
        self.answer: Any = None
        again = Retry(5, 2, 2, backoff_factor=1, raise_on_status=False)
        again = again.new(status_forcelist=[429, 500, 502, 503, 504], allowed_methods=["GET"])
        for scheme in ("http://", "https://"):
            self.mount(scheme, HTTPAdapter(max_retries=again))

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        options["timeout"] = (10, READING if request.method == "GET" else WRITING)
        try:
            response = super().send(request, **options | {"allow_redirects": False})
        except requests.RequestException as error:
            reason = f"{request.url} cannot be reached or does not answer ({type(error).__name__})"
            raise SystemExit(f"Could not {self.doing}: {reason}. Run the command again.") from None
        status, hint = response.status_code, "This is not Airbyte's API. Check --server."
        with suppress(ValueError, AttributeError):
            answer = response.json()
            if status == 200 and isinstance(answer, dict):
                self.answer = answer
                return response
            told = (answer.get("data") or {}).get("message") or answer.get("detail")
            hint = told or "Airbyte does not say why."
        hint = HINTS.get(status, FAILED if status >= 500 else hint)
        for secret in (*self.secrets, request.headers.get("Authorization", "")[7:]):
            hint = hint.replace(secret or "***", "***")
        raise SystemExit(f"Could not {self.doing} (status {status} of {request.url}): {hint[:500]}")


class Airbyte:
    """Calls the client's operations. The first failing one ends the program with a sentence."""

    def __init__(self, server: str, secrets: Collection[str], dry_run: bool) -> None:
        names = ("AIRBYTE_ACCESS_TOKEN", "AIRBYTE_CLIENT_ID", "AIRBYTE_CLIENT_SECRET")
        token, client, secret = (os.environ.get(name, "") for name in names)
        if not token and not (client and secret):
            sys.exit(f"Set {names[1]} and {names[2]}, or {names[0]}.")
        url = server.rstrip("/")
        url += "" if url.endswith("/v1") else "/api/public/v1"
        login = models.SchemeClientCredentials(client, secret, f"{url}/applications/token")
        by = {"bearer_auth": token} if token else {"client_credentials": login}
        self.session, self.dry_run = Session([*secrets, secret]), dry_run
        self.sdk = AirbyteAPI(models.Security(**by), server_url=url, client=self.session)

    def call(self, doing: str, operation: Any, request: Any) -> Any:
        """Returns the answer as JSON: the client's models refuse values that are newer than they are."""
        self.session.doing, self.session.answer = doing, None
        try:
            operation(request=request)
        except Exception:
            if self.session.answer is None:
                raise
        return self.session.answer

    def find(self, what: str, operation: Any, request: Any, **like: Any) -> Any:
        """Returns the one that is like this, or an empty one. Reads all pages."""
        rows: list[Any] = []
        while page := self.call(f"list the {what}s", operation, request)["data"]:
            if page[0] in rows:
                break  # definitions have one page only
            rows += page
            request.offset = len(rows)
        rows = [row for row in rows if like.items() <= row.items()]
        if len(rows) > 1:
            ids = ", ".join(row.get("id") or row[f"{what}Id"] for row in rows)
            sys.exit(f"There are {len(rows)} {what}s with {like}: {ids}. Delete all but one.")
        return rows[0] if rows else {}

    def settle(
        self, what: str, found: Any, changes: Any, create: Any, update: Any, *, hint: str = ""
    ) -> Any:
        """Creates the thing if it was not found, updates it if there are changes, and says so.
        `hint` is added where nothing has changed."""
        verb, call = ("update", update) if found else ("create", create)
        if found and not changes:
            print(f"unchanged {what}{hint}", flush=True)
            return found
        if not self.dry_run:
            found = self.call(f"{verb} the {what}", *call)
        done = f"would {verb}" if self.dry_run else f"{verb}d"
        print(f"{done} {what}", flush=True)
        return found
