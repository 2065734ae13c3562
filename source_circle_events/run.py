"""The console script `source-circle-events`, by the Airbyte protocol."""

from __future__ import annotations

import gc
import json
import sys
from typing import Any


def main() -> None:
    if sys.argv[1:2] == ["spec"]:
        _print_spec()
        return
    gc.disable()  # until `launch` sets it: nothing that is imported becomes garbage
    from source_circle_events.entrypoint import launch  # noqa: PLC0415  (two seconds of imports)

    launch(sys.argv[1:])


def _print_spec() -> None:
    """The spec stands in the manifest; the CDK takes two seconds of imports to say the same."""
    from source_circle_events import manifest  # noqa: PLC0415

    spec: dict[str, Any] = manifest.with_components(manifest.load())["spec"]
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
