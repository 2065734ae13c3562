"""Writes the files that are generated from the schemas and the catalogue, or checks them.

The manifest runs alone in Airbyte Cloud, so it holds copies of the schemas and of the event names.

    python -m tools.generate           writes
    python -m tools.generate --check   writes nothing; exit 1 names the stale files
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from textwrap import indent

import yaml

from source_circle_events.schemas.event_types import event_types, named_streams
from source_circle_events.schemas.schema_files import STREAMS, resolved
from tools.reference import reference_page

ROOT = Path(__file__).resolve().parents[1]
MANIFEST = Path("manifest.yaml")
REFERENCE = Path("docs/reference.md")


def generated(root: Path) -> dict[Path, str]:
    """Each generated file below `root` and what it has to hold."""
    manifest = (root / MANIFEST).read_text("utf-8")
    schemas = {stream: resolved(stream) for stream in STREAMS}
    manifest = replaced(manifest, "schemas", _yaml({"schemas": schemas}))
    for stream in named_streams():
        block = f"{stream.removesuffix('s')}_names"
        names = "".join(f"- {event.name}\n" for event in event_types(stream))
        manifest = replaced(manifest, block, names)
    return {MANIFEST: manifest, REFERENCE: reference_page()}


def replaced(document: str, name: str, content: str) -> str:
    """`document` with `content` as the block `name`; ValueError unless there is exactly one.

    A block begins with a line `# >>> generated: NAME` and ends with `# <<< generated: NAME`; what lies
    between is replaced, indented as the markers are. So one file holds what is written and what is
    generated.
    """
    marked = re.compile(
        rf"^(?P<pad> *)# >>> generated: {name}\n(?:.*\n)*?(?P=pad)# <<< generated: {name}$",
        re.MULTILINE,
    )

    def block(found: re.Match[str]) -> str:
        pad = found["pad"]
        return (
            f"{pad}# >>> generated: {name}\n"
            f"{indent(content.rstrip() + chr(10), pad)}"
            f"{pad}# <<< generated: {name}"
        )

    text, count = marked.subn(block, document)
    if count != 1:
        raise ValueError(f"{count} blocks `generated: {name}` found where one is needed")
    return text


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.generate", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 if stale")
    check = parser.parse_args(arguments).check
    stale = 0
    for path, content in generated(root).items():
        file = root / path
        if file.exists() and file.read_text("utf-8") == content:
            continue
        stale += 1
        if check:
            sys.stderr.write(f"{path} is stale: run `python -m tools.generate`\n")
        else:
            file.write_text(content, "utf-8")
            sys.stdout.write(f"{path} written\n")
    return 1 if check and stale else 0


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, _data: object) -> bool:
        """Every schema in full: whoever edits one in the Connector Builder means only that one."""
        return True


def _yaml(content: object) -> str:
    return yaml.dump(
        content,
        Dumper=_Dumper,
        default_flow_style=None,
        sort_keys=False,
        allow_unicode=True,
        width=96,
    )


if __name__ == "__main__":
    sys.exit(main())
