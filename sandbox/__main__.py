"""`python -m sandbox`: one line of JSON on stdout, ready to be a connector's config, then serve."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from typing import get_args, get_origin

from sandbox.options import Options
from sandbox.sandbox import Sandbox


def parser() -> argparse.ArgumentParser:
    """A flag for each option, named after it; what is not given is not in the result."""
    made = argparse.ArgumentParser(
        prog="python -m sandbox",
        description="A Circle Data API on loopback.",
        argument_default=argparse.SUPPRESS,
    )
    made.add_argument("--port", type=int, default=8799, help="0: any free one (default: 8799)")
    made.add_argument("--die-with-parent", action="store_true", help="end when its starter does")
    for name, option in Options.model_fields.items():
        flag, text = "--" + name.replace("_", "-"), (option.description or "").replace("%", "%%")
        if option.annotation is bool:
            made.add_argument(flag, action="store_true", help=text)
        elif get_origin(option.annotation) is tuple:
            made.add_argument(flag, action="append", metavar="SPEC", help=text)
        else:
            choices = [one for one in get_args(option.annotation) if isinstance(one, str)]
            shown = "" if option.default is None else f" (default: {option.default})"
            made.add_argument(flag, metavar="|".join(choices) or "VALUE", help=text + shown)
    return made


def main() -> int:
    arguments = vars(parser().parse_args())
    port, parent = arguments.pop("port"), os.getppid()
    die, over = arguments.pop("die_with_parent", False), threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: over.set())
    try:
        with Sandbox(Options().changed(arguments), port, warm=True) as api:
            print(json.dumps(api.config()), flush=True)
            said = f"Circle Data API sandbox on port {api.port}; Ctrl-C ends it."
            print(said, file=sys.stderr, flush=True)
            while not over.wait(0.5) and not (die and os.getppid() != parent):
                pass
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"Cannot listen on port {port}: {error.strerror}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
