"""The console script `source-circle-events`, by the Airbyte protocol."""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
from contextlib import redirect_stdout, suppress
from typing import Any

from source_circle_events.output.stdout import OutputError, Stdout

_USAGE = """usage: source-circle-events {spec,check,discover,read} [options]

  spec                                                       what can be configured
  check     --config FILE                                    can the API be read?
  discover  --config FILE                                    the streams and their fields
  read      --config FILE --catalog FILE [--state FILE]      records, one JSON message a line
  --debug   also shows path and status of each request
"""
_SIGPIPE = 13


def main() -> None:
    """Run one command. Exit codes: 0; 1 an error that was told; 2 usage; as other tools, 130 Ctrl-C,
    141 when nobody reads any more, 143 when ended."""
    for number in (signal.SIGINT, signal.SIGTERM):
        if (
            signal.getsignal(number) is not signal.SIG_IGN
        ):  # as `nohup` and `&` in a script leave it
            signal.signal(number, _leave)
    code = _code()
    if code:
        os._exit(code)  # nothing is buffered; a thread whose request hangs would keep the process


def _leave(number: int, _: object) -> None:
    """Set for SIGTERM too, since in a container process 1 would not be ended by it."""
    os._exit(128 + number)


def _code() -> int:
    if sys.stdout is None:  # its number may be that of a connection soon
        _complain("The output cannot be written: stdout is closed.\n")
        return 1
    try:
        with redirect_stdout(Stdout()):
            return _run(sys.argv[1:])
    except OutputError as error:
        if error.gone:
            return 128 + _SIGPIPE
        _complain(f"The output cannot be written: {error}.\n")
        return 1
    except SystemExit as end:  # argparse: usage, or help
        return end.code if isinstance(end.code, int) else 2


def _complain(text: str) -> None:
    if sys.stderr is not None:
        with suppress(OSError):
            sys.stderr.write(text)


def _run(args: list[str]) -> int:
    if args[:1] == ["spec"]:
        _print_spec()
        return 0
    if args[:1] in (["-h"], ["--help"]):
        sys.stdout.write(_USAGE)
        return 0
    if not args or args[0] not in ("check", "discover", "read"):
        _complain(_USAGE)
        return 2
    gc.disable()  # until `launch` sets it: nothing that is imported becomes garbage
    from source_circle_events.entrypoint import launch  # noqa: PLC0415  (two seconds of imports)

    return launch(args)


def _print_spec() -> None:
    """The spec stands in the manifest; the CDK takes two seconds of imports to say the same."""
    from source_circle_events import manifest  # noqa: PLC0415

    spec: dict[str, Any] = manifest.loaded_with_components()["spec"]
    message = {
        "type": "SPEC",
        "spec": {
            "connectionSpecification": spec["connection_specification"],
            "documentationUrl": spec["documentation_url"],
        },
    }
    sys.stdout.write(json.dumps(message) + "\n")


if __name__ == "__main__":
    main()
