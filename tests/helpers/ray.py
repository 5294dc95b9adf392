"""Tests that need Ray: a cluster of two nodes on this machine."""

import importlib.util
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dvox_core.distribution.ray_cluster import SETTINGS

# Found, not imported: it reads its settings when it is.
needs_ray = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason="Ray is not installed (extra `cluster`)"
)

HEAD, SECOND = "127.0.0.2", "127.0.0.3"  # two nodes of one machine

STARTS = 4
QUICK_TO_NOTICE = {
    "RAY_health_check_initial_delay_ms": "1000",
    "RAY_health_check_period_ms": "500",
    "RAY_health_check_failure_threshold": "3",
}


@contextmanager
def two_ray_nodes() -> Iterator[str]:
    """The address of a cluster of two nodes with a core each, behind a token.

    The token and Ray's settings are in this process's environment for as long.
    """
    folder = Path(tempfile.mkdtemp(prefix="r"))  # a socket's path must be short
    settings = {**SETTINGS, "RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
    with socket.socket() as probe:
        probe.bind((HEAD, 0))
        address = f"{HEAD}:{probe.getsockname()[1]}"
    port = address.partition(":")[2]
    heads = ["--head", f"--port={port}", f"--node-ip-address={HEAD}", f"--temp-dir={folder}"]
    started: list[subprocess.Popen[bytes]] = []
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setenv(name, value)
        try:
            started.append(_start_node([*heads, "--include-dashboard=false"], folder))
            second = [f"--address={address}", f"--node-ip-address={SECOND}"]
            started.append(_start_node(second, folder))
            yield address
        finally:
            for process in reversed(started):
                process.send_signal(signal.SIGTERM)
            for process in started:
                process.wait()
            shutil.rmtree(folder, ignore_errors=True)


def wait_until_gone(process: int) -> None:
    """A job's process ends with its worker, and that with its node."""
    stat = Path(f"/proc/{process}/stat")
    while stat.exists() and stat.read_text().rsplit(")", 1)[1].split()[0] != "Z":
        time.sleep(0.05)


def _start_node(own: list[str], folder: Path) -> "subprocess.Popen[bytes]":
    """A node of one core. Ray itself gives a start up after half a minute: then again."""
    words = ["--num-cpus=1", "--object-store-memory=80000000", "--block"]
    words += ["--min-worker-port=0", "--max-worker-port=0"]
    ray, output = str(Path(sys.executable).with_name("ray")), folder / "output.txt"
    environment = {**os.environ, **QUICK_TO_NOTICE, "PYTHONUNBUFFERED": "1"}
    for _ in range(STARTS):
        with output.open("wb") as stream:
            process = subprocess.Popen(
                [ray, "start", *own, *words],
                env=environment,
                stdout=stream,
                stderr=stream,
                stdin=subprocess.DEVNULL,
            )
        while process.poll() is None:
            if b"--block" in output.read_bytes():
                return process
            time.sleep(0.05)
    raise AssertionError(output.read_text())
