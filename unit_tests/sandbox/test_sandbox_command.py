"""`python -m sandbox`: what it prints, how it ends, and that its manual is complete."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from sandbox import Options, Sandbox
from sandbox.__main__ import main
from sandbox.faults.plan import KINDS, Fault
from sandbox.faults.records import MALFORMED
from sandbox.sandbox import Client

_ROOT = Path(__file__).parents[2]
_SMALL = ["--port", "0", "--events", "50", "--visits", "0", "--tracker", "0"]
_COMMAND = [sys.executable, "-m", "sandbox", *_SMALL]


def test_it_prints_a_config_and_ends_quietly(tmp_path: Path) -> None:
    certificate = tmp_path / "sandbox.pem"
    process = subprocess.Popen(
        [*_COMMAND, "--fault", "503,after=2", "--tls", str(certificate)],
        cwd=_ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process, ExitStack() as stack:
        stack.callback(process.kill)
        assert process.stdout is not None
        config = json.loads(process.stdout.readline())
        assert set(config) == {"api_token", "base_url", "start_date"}
        headers = {"Authorization": f"Bearer {config['api_token']}"}
        for expected in (200, 200, 503):
            answer = requests.get(
                f"{config['base_url']}/events", headers=headers, timeout=5, verify=certificate
            )
            assert answer.status_code == expected
        client = Client(int(config["base_url"].split(":")[2].split("/")[0]), "", str(certificate))
        assert client.stats()["statuses"] == {"200": 2, "503": 1}
        process.send_signal(signal.SIGTERM)
        output, errors = process.communicate(timeout=5)
    assert (process.returncode, output) == (0, "")
    assert len(errors.splitlines()) == 1


def test_a_wrong_option_is_said_and_nothing_starts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["sandbox", *_SMALL, "--fault", "html,when=3"])
    assert main() == 2
    assert capsys.readouterr().err.startswith("fault: 'html,when=3': when: ")


def test_it_ends_with_its_parent() -> None:
    parent = (
        "import subprocess, sys; p = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE);"
        "sys.exit(not p.stdout.readline())"
    )
    # Returns when the sandbox too has closed the pipe that takes what it says aside.
    subprocess.run(
        [sys.executable, "-c", parent, *_COMMAND, "--die-with-parent"],
        cwd=_ROOT,
        stderr=subprocess.PIPE,
        timeout=20,
        check=True,
    )


def test_a_port_that_is_taken_is_said() -> None:
    with Sandbox(Options(events=1)) as api, pytest.raises(OSError, match="in use"):
        Sandbox(Options(events=1), port=int(api.origin.split(":")[2])).__enter__()


def test_the_manual_names_every_option_and_kind() -> None:
    manual = (_ROOT / "sandbox" / "README.md").read_text()
    flags = {f"`--{name.replace('_', '-')}" for name in Options.model_fields}
    kinds = {f"`{kind}`" for kind in (*KINDS, *MALFORMED)}
    keys = {f"`{name}`" for name in Fault.model_fields if name != "kind"}
    assert {word for word in flags | kinds | keys if word not in manual} == set()
