"""Starting the console script does not read the source files of the CDK."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("skipped", [True, False])
def test_skipping_docstrings_spares_reading_the_cdks_source_files(skipped):
    """Counts the files that are parsed for docstrings while the entrypoint is imported."""
    program = (
        "import ast, attributes_doc._base\n"
        "from source_circle_events.run import skip_docstrings\n"
        f"if {skipped}: skip_docstrings()\n"
        "parsed, parse = [], ast.parse\n"
        "ast.parse = lambda *given, **named: parsed.append(1) or parse(*given, **named)\n"
        "from source_circle_events import commands\n"
        "print(len(parsed))"
    )
    parsed = int(subprocess.check_output([sys.executable, "-c", program], text=True))

    assert (parsed < 5) == skipped
