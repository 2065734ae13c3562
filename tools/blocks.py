"""Text between a pair of markers, so that one file can hold what is written and what is generated.

A block begins with a line `# >>> generated: NAME` and ends with `# <<< generated: NAME`; what lies
between is replaced, indented as the markers are.
"""

from __future__ import annotations

import re
from textwrap import indent


def replaced(document: str, name: str, content: str) -> str:
    """`document` with `content` as the block `name`; ValueError unless there is exactly one."""
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
