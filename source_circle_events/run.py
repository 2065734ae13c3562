"""The console script `source-circle-events`, by the Airbyte protocol."""

from __future__ import annotations

import gc
import json
import sys
from typing import Any

from source_circle_events.output.stdout import complain, leave, take_over

_USAGE = """usage: source-circle-events {spec,check,discover,read} [options]

  spec                                                       what can be configured
  check     --config FILE                                    can the API be read?
  discover  --config FILE                                    the streams and their fields
  read      --config FILE --catalog FILE [--state FILE]      records, one JSON message a line
  --debug   also shows path and status of each request
"""


def main() -> None:
    """Run one command. Exit codes: 0; 1 an error that was told; 2 usage; 130 Ctrl-C; 141 as other
    tools, when nobody reads any more."""
    take_over()
    leave(_run(sys.argv[1:]))


def _run(args: list[str]) -> int:
    if args[:1] == ["spec"]:
        _print_spec()
        return 0
    if args[:1] in (["-h"], ["--help"]):
        sys.stdout.write(_USAGE)
        return 0
    if not args or args[0] not in ("check", "discover", "read"):
        complain(_USAGE)
        return 2
    gc.disable()  # until `launch` sets it: nothing that is imported becomes garbage
    from source_circle_events.entrypoint import launch, tell  # noqa: PLC0415  (two seconds of imports)

    try:
        launch(args)
    except Exception as error:  # noqa: BLE001
        tell(error)
        return 1
    return 0


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
