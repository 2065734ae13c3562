"""Another host, to which a redirect or a next_page_uri leads. The connector must not follow it.

It answers like the API (under `/login` with a web page), so that following it causes no error, and
records each request.
"""

from __future__ import annotations

from aiohttp import web

from sandbox.api.http_server import HOST, Running

_RECORD = {
    "id": "00000000-0000-4000-8000-000000000bad",
    "name": "post.liked",
    "triggered_at": "2024-01-01T00:00:00Z",
    "created_at": "2024-01-01T00:00:00Z",
    "version": "1",
    "payload": {},
}
STRANGER = str(_RECORD["id"])
"""The id of the record it serves: found in a sync's output, a foreign answer was believed."""


class Listener(Running):
    """`with Listener(secret=token) as other:` then look at `other.visits`."""

    def __init__(self, secret: str = "sandbox-token") -> None:
        self.visits: list[bool] = []
        """For each request whether the secret was anywhere in it: headers, address or body."""
        self._secret = secret
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._answer)
        super().__init__(application)

    @property
    def origin(self) -> str:
        return f"http://{HOST}:{self.port}"

    async def _answer(self, request: web.Request) -> web.Response:
        said = f"{request.raw_path} {sorted(request.headers.items())} {await request.text()}"
        self.visits.append(self._secret in said)
        if request.path.endswith("/login"):
            return web.Response(text="<html>Sign in</html>", content_type="text/html")
        return web.json_response({"pagination": {}, "events": [_RECORD]})
