"""The floor: page after page, decoded and written out, and nothing else.

    python floor.py CONFIG

No state, no retries, no protocol: what is below this cannot be had with requests.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import orjson
import requests


def main() -> None:
    config = json.loads(Path(sys.argv[1]).read_bytes())
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {config['api_token']}"
    url = f"{config['base_url']}/events?per_page=2000&sort=oldest"
    while url:
        page = orjson.loads(session.get(url, timeout=60).content)
        sys.stdout.buffer.write(b"".join(orjson.dumps(row) + b"\n" for row in page["events"]))
        url = page["pagination"].get("next_page_uri")


if __name__ == "__main__":
    main()
