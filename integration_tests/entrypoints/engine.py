"""Builds the image and opens it up: with Docker, or with buildah where no engine can run.

Buildah needs root, and Debian's `buildah` and `debootstrap`. It serves where no image
registry is reached either: a bare Debian stands in for Airbyte's base. That proves the Dockerfile
and what it adds, not the base itself; with Docker, the real one is pulled.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

TAG = "airbyte/source-circle-events:dev"
DATA = Path("/data")

_STAND_IN = "localhost/stand-in-for-python-connector-base:trixie"
_SUITE = "trixie"  # Python 3.13, as in the real base
_PACKAGES = "python3,python3-pip,python3-venv,ca-certificates"
# pip in the container trusts whom this machine trusts.
_TRUST = ("--volume", "/etc/ssl/certs:/etc/ssl/certs:ro")


@dataclass(frozen=True)
class Image:
    config: Mapping[str, Any]
    """Its `User`, `Entrypoint`, `Env`, `Labels`, ..."""
    files: Path
    """Its file system."""
    run: tuple[str | Path, ...]
    """What runs its entry point, with `data` as /data; takes the arguments after it."""


def image_of(context: Path, data: Path) -> AbstractContextManager[Image]:
    """The image built from `context`, for a `with` block. Ends the tests where nothing can build it:
    one sentence, and not one at each test."""
    if shutil.which("docker") and _answers("docker", "info"):
        return _by_docker(context, data)
    if os.geteuid() == 0 and all(map(shutil.which, ("buildah", "debootstrap"))):
        return _by_buildah(context, data)
    pytest.exit(
        "The image cannot be built here: start Docker, or install buildah and debootstrap and be root.",
        returncode=1,
    )


@contextmanager
def _by_docker(context: Path, data: Path) -> Iterator[Image]:
    _output("docker", "build", "--tag", TAG, context)
    (inspected,) = json.loads(_output("docker", "image", "inspect", TAG))
    container = _output("docker", "create", TAG).strip()
    with tempfile.TemporaryDirectory() as folder:
        try:
            # What the image adds to its base, and nothing that only root may unpack.
            _output("docker", "cp", f"{container}:/airbyte", folder)
        finally:
            _output("docker", "rm", container)
        mount = f"{data}:{DATA}"
        yield Image(
            inspected["Config"],
            Path(folder),
            ("docker", "run", "--rm", "--network", "host", "--volume", mount, TAG),
        )


@contextmanager
def _by_buildah(context: Path, data: Path) -> Iterator[Image]:
    if not _answers(*_buildah(), "inspect", "--type", "image", _STAND_IN):
        _make_stand_in()
    build = ("build", "--isolation", "chroot", *_TRUST, "--build-arg", f"BASE_IMAGE={_STAND_IN}")
    _output(*_buildah(), *build, "--tag", TAG, context)
    config = json.loads(_output(*_buildah(), "inspect", "--type", "image", TAG))["OCIv1"]["config"]
    container = _output(*_buildah(), "from", TAG).strip()
    run, mount = ("run", "--isolation", "chroot"), f"{data}:{DATA}"
    try:
        yield Image(
            config,
            Path(_output(*_buildah(), "mount", container).strip()),
            (*_buildah(), *run, "--volume", mount, container, "--", *config["Entrypoint"]),
        )
    finally:
        _output(*_buildah(), "rm", container)


@cache
def _buildah() -> tuple[str, ...]:
    """Buildah with a storage that works here. Overlay copies nothing; vfs also works in a container."""
    overlay = ("buildah", "--storage-driver", "overlay")
    return overlay if _answers(*overlay, "info") else ("buildah", "--storage-driver", "vfs")


def _make_stand_in() -> None:
    """A bare Debian with Python, and the user that Airbyte's base has."""
    with tempfile.TemporaryDirectory() as root:
        _output("debootstrap", "--variant=minbase", f"--include={_PACKAGES}", _SUITE, root)
        _output("chroot", root, "useradd", "--uid", "1000", "airbyte")
        container = _output(*_buildah(), "from", "scratch").strip()
        _output(*_buildah(), "copy", container, root, "/")
        _output(*_buildah(), "commit", "--rm", container, _STAND_IN)


def _answers(*command: str) -> bool:
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def _output(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}\n{done.stderr}"
    return done.stdout
