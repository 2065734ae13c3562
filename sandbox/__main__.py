"""`python -m sandbox`: one line of JSON on stdout, ready to be a connector's config, then serve."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import signal
import sys
from typing import get_origin

from sandbox.api.service import Service
from sandbox.api.serving import listen
from sandbox.options import Options
from sandbox.sandbox import application, config, tls


def parser() -> argparse.ArgumentParser:
    """A flag for each option, named after it; what is not given is not in the result."""
    made = argparse.ArgumentParser(
        prog="python -m sandbox",
        description="A Circle Data API on loopback.",
        argument_default=argparse.SUPPRESS,
    )
    made.add_argument("--port", type=int, default=8799, help="0: any free one (default: 8799)")
    made.add_argument(
        "--die-with-parent",
        action="store_true",
        default=False,
        help="end when the process that started it does",
    )
    for name, option in Options.model_fields.items():
        flag, text = "--" + name.replace("_", "-"), (option.description or "").replace("%", "%%")
        if option.annotation is bool:
            made.add_argument(flag, action="store_true", help=text)
        elif get_origin(option.annotation) is tuple:
            made.add_argument(flag, action="append", metavar="SPEC", help=text)
        else:
            shown = "" if option.default is None else f" (default: {option.default})"
            made.add_argument(flag, help=text + shown)
    return made


def main() -> int:
    arguments = vars(parser().parse_args())
    port, die = arguments.pop("port"), arguments.pop("die_with_parent")
    try:
        service = Service(Options().changed(arguments, strict=False))
        service.warm()
        asyncio.run(_serve(service, port, os.getppid() if die else None))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:  # while it was still getting ready
        return 130
    except OSError as error:
        print(f"Cannot listen on port {port}: {error.strerror}", file=sys.stderr)
        return 1
    return 0


async def _serve(service: Service, port: int, parent: int | None) -> None:
    runner, port = await listen(application(service), port, tls(service.options))
    print(json.dumps(config(service, port)), flush=True)
    print(f"Circle Data API sandbox on port {port}; Ctrl-C ends it.", file=sys.stderr, flush=True)
    over = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, over.set)
    while not over.is_set():
        if parent is not None and os.getppid() != parent:
            break
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(over.wait(), 0.5)
    await runner.cleanup()


if __name__ == "__main__":
    sys.exit(main())
