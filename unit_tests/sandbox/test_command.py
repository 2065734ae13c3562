"""`python -m sandbox`: what it prints and how it ends."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import requests

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "sandbox", "--port", "0", "--events", "50"]


def test_it_prints_a_config_and_ends_quietly(tmp_path: Path) -> None:
    certificate = str(tmp_path / "sandbox.pem")
    with subprocess.Popen(
        [*COMMAND, "--fault", "503,after=1", "--tls", certificate],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        config = json.loads(process.stdout.readline())
        headers = {"Authorization": f"Bearer {config['api_token']}"}
        for expected in (200, 503):
            answer = requests.get(
                f"{config['base_url']}/events", headers=headers, timeout=5, verify=certificate
            )
            assert answer.status_code == expected
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=5) == 0


def test_it_ends_with_its_parent() -> None:
    parent = (
        "import subprocess, sys; p = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE);"
        "sys.exit(not p.stdout.readline())"
    )
    # Returns once the sandbox, too, has closed the pipe of stderr.
    subprocess.run(
        [sys.executable, "-c", parent, *COMMAND, "--die-with-parent"],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        timeout=20,
        check=True,
    )
