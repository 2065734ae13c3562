#!/usr/bin/env python
"""Stands in for `docker`: checks the arguments, and runs the connector where a container would.

`build` notes the name, `push` and `run` want one that was built. A path that `run` hands on must lie
in a mounted folder, as it would have to in a container.
"""

import argparse
import os
import shutil
import sys
from pathlib import Path

BUILT = Path(__file__).with_name("built")


def inside(argument: str, mounts: dict[str, str]) -> str:
    """`argument` with the host's path, if it is a path."""
    if not argument.startswith("/"):
        return argument
    for mount, host in mounts.items():
        if Path(argument).is_relative_to(mount):
            return str(Path(host, Path(argument).relative_to(mount)))
    sys.exit(f"{argument} is in no mounted folder")


def main() -> None:
    parser = argparse.ArgumentParser(prog="docker")
    verbs = parser.add_subparsers(dest="verb", required=True)
    build, push, run = (verbs.add_parser(verb) for verb in ("build", "push", "run"))
    build.add_argument("-t", required=True)
    build.add_argument("context", type=Path)
    push.add_argument("image")
    run.add_argument("--rm", action="store_true", required=True)
    run.add_argument("-v", action="append", default=[])
    run.add_argument("image")
    run.add_argument("arguments", nargs=argparse.REMAINDER)
    given = parser.parse_args()
    built = BUILT.read_text().split() if BUILT.exists() else []
    if given.verb == "build":
        if not (given.context / "Dockerfile").is_file():
            sys.exit("no Dockerfile here")
        BUILT.write_text(" ".join([*built, given.t]))
        return
    if given.image not in built:
        sys.exit(f"{given.image} was not built")
    if given.verb == "push":
        return
    mounts = {mount: host for host, mount in (volume.split(":") for volume in given.v)}
    command = shutil.which("source-circle-events") or ""
    os.execv(command, [command, *(inside(each, mounts) for each in given.arguments)])


main()
