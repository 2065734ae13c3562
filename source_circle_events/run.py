"""The console script `source-circle-events`: arguments, signals and exit codes."""

from __future__ import annotations

import argparse
import gc
import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from source_circle_events.output.stdout import STDOUT


def main() -> None:
    """Runs one command of the Airbyte protocol.

    Exit codes: 0 success; 1 a reported error; 2 wrong arguments; 130 Ctrl-C; 143 SIGTERM; 141 a broken
    pipe: the program that reads the output has ended.
    """
    STDOUT.failed = _exit_unwritable
    STDOUT.check_open()
    sys.stdout = STDOUT
    if sys.stderr is None:  # closed: argparse would print its errors to stdout
        sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115
    install_signal_handlers()
    try:
        options = parser().parse_args()
        if options.command == "spec":
            _print_spec()
            exit_now(0)
        skip_docstrings()
        gc.disable()  # until `launch`: imports create no garbage
        from source_circle_events.commands import launch  # noqa: PLC0415  (a second of imports)

        exit_now(launch(options))
    except SystemExit as ended:  # raised by argparse
        exit_now(int(ended.code or 0))


def skip_docstrings() -> None:
    """Stops serpyco_rs, which the CDK imports, from parsing the CDK's source files for docstrings.
    Nothing uses them, and parsing takes 0.8 s of CPU, a third of the start-up time."""
    import attributes_doc  # noqa: PLC0415

    attributes_doc.get_attributes_doc = lambda cls: {}  # noqa: ARG005


def install_signal_handlers() -> None:
    """Makes Ctrl-C and SIGTERM end the process at once, without a traceback. Containers need
    this: a process with id 1 ignores SIGTERM unless it has a handler."""
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:  # background jobs ignore SIGINT
            signal.signal(number, lambda number, _: os._exit(128 + number))


def exit_now(code: int) -> NoReturn:
    """Ends the process without waiting for threads; all output has been written already."""
    with suppress(OSError, AttributeError):  # stderr is closed or None
        sys.stderr.flush()
    os._exit(code)


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="source-circle-events", allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True)
    table = {
        "spec": ("print the settings", ()),
        "check": ("test whether the API can be read", ("config",)),
        "discover": ("print the streams and their fields", ("config",)),
        "read": ("print records and states, one JSON message a line", ("config", "catalog")),
    }
    for name, (words, needed) in table.items():
        command = commands.add_parser(name, help=words, allow_abbrev=False)
        for file in needed:
            command.add_argument(f"--{file}", required=True, metavar="FILE")
        if name == "read":
            command.add_argument("--state", metavar="FILE")
        command.add_argument("--debug", action="store_true", help="log path and status of requests")
    return parser


def _print_spec() -> None:
    """Prints the spec without importing the CDK, which would take two seconds."""
    from source_circle_events import manifest  # noqa: PLC0415

    spec = manifest.load_for_package()["spec"]
    settings, url = spec["connection_specification"], spec["documentation_url"]
    message = {"connectionSpecification": settings, "documentationUrl": url}
    STDOUT.write(json.dumps({"type": "SPEC", "spec": message}) + "\n")


def _exit_unwritable(error: OSError) -> NoReturn:
    """Exits after a failed write: with 141 after a broken pipe, otherwise with a message and 1."""
    if not isinstance(error, ConnectionError):
        reason = (error.strerror or "it is closed").lower()
        with suppress(OSError, AttributeError):
            sys.stderr.write(f"The output cannot be written: {reason}.\n")
        exit_now(1)
    os._exit(128 + signal.SIGPIPE)


if __name__ == "__main__":
    main()
