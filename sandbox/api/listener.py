"""The other host: where a redirect or a next_page_uri leads that should not have been followed.

It answers like the API, so that a connector that came has no reason to complain (under `/login` like a
web page), and remembers what it was sent. `python -m sandbox.api.listener` prints its address and then
one line for each request.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from types import TracebackType
from typing import Self

from aiohttp import web

from sandbox.api.serving import Running, listen

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


@dataclass(frozen=True)
class Visit:
    """One request. What headers said is not kept, only their names."""

    method: str
    path: str
    query: str
    headers: tuple[str, ...]
    authorization: bool
    secret: bool
    """Whether the secret was anywhere in it: headers, address or body."""


def listening(secret: str, note: Callable[[Visit], object]) -> web.Application:
    """An application that notes every request, whatever its method and path."""

    async def answer(request: web.Request) -> web.Response:
        said = f"{request.raw_path} {sorted(request.headers.items())} {await request.text()}"
        note(
            Visit(
                request.method,
                request.path,
                request.query_string.replace(secret, "<secret>"),
                tuple(request.headers),
                "Authorization" in request.headers,
                secret in said,
            )
        )
        if request.path.endswith("/login"):
            return web.Response(text="<html>Sign in</html>", content_type="text/html")
        return web.json_response({"pagination": {}, "events": [_RECORD]})

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", answer)
    return application


class Listener:
    """`with Listener(secret=token) as other:` then look at `other.visits`."""

    def __init__(self, secret: str = "sandbox-token") -> None:
        self.visits: list[Visit] = []
        self._running = Running(lambda: listening(secret, self.visits.append))

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self._running.port}"

    def __enter__(self) -> Self:
        self._running.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._running.stop()


def _show(visit: Visit) -> None:
    print(json.dumps(asdict(visit)), flush=True)


async def _serve(port: int, secret: str) -> None:
    _, port = await listen(listening(secret, _show), port)
    print(json.dumps({"origin": f"http://127.0.0.1:{port}"}), flush=True)
    await asyncio.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sandbox.api.listener")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--secret", default="sandbox-token", help="what must not arrive here")
    arguments = parser.parse_args()
    try:
        asyncio.run(_serve(arguments.port, arguments.secret))
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main()
