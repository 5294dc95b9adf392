"""The whole way through a real sshd on loopback, with keys and a port of its own."""

import getpass
import os
import shlex
import shutil
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from dvox_core.checkpoints.opening import open_scene
from dvox_core.checkpoints.scene_file import write_scene
from dvox_core.remote import link
from dvox_core.remote.address import parse_address
from dvox_core.remote.failures import UnreachableError
from dvox_core.remote.link import LinkPool
from dvox_core.remote.scene import open_remote_scene, remote_scene
from dvox_core.rendering.create import create_renderer
from tests.helpers.remote import ROOT
from tests.helpers.scenes import orbit_cameras, random_scene

SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
PYTHON = shlex.join(["env", f"PYTHONPATH={ROOT}", "OMP_NUM_THREADS=1", sys.executable])

pytestmark = pytest.mark.skipif(
    SSHD is None or shutil.which("ssh") is None,
    reason="OpenSSH's server is not installed: apt-get install openssh-server",
)


class Machine:
    """A server, and how a client knows it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("host", "user"):
            subprocess.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)],
                check=True,
            )
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        shutil.copy(folder / "user.pub", folder / "authorized")
        (folder / "sshd_config").write_text(
            f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\n"
            f"AuthorizedKeysFile {folder}/authorized\nPidFile none\nUsePAM no\nStrictModes no\n"
            "PasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin yes\n"
        )
        self.know_host()
        (folder / "ssh_config").write_text(
            f"Host loop\n  HostName 127.0.0.1\n  Port {self.port}\n  User {getpass.getuser()}\n"
            f"  IdentityFile {folder}/user\n  IdentitiesOnly yes\n"
            f"  UserKnownHostsFile {folder}/known\n  GlobalKnownHostsFile none\n"
            "  StrictHostKeyChecking yes\n"
        )
        real = shutil.which("ssh")
        (folder / "bin").mkdir()
        (folder / "bin/ssh").write_text(f'#!/bin/sh\nexec {real} -F {folder}/ssh_config "$@"\n')
        (folder / "bin/ssh").chmod(0o755)
        with suppress(OSError):  # where the system's own service has not run yet
            Path("/run/sshd").mkdir(exist_ok=True)
        self.process = subprocess.Popen(
            [str(SSHD), "-D", "-e", "-f", str(folder / "sshd_config")], stderr=subprocess.PIPE
        )

    def know_host(self) -> None:
        key = (self.folder / "host.pub").read_text().split()[:2]
        (self.folder / "known").write_text(f"[127.0.0.1]:{self.port} {' '.join(key)}\n")

    def wait_ready(self) -> None:
        while True:
            if self.process.poll() is not None:
                said = self.process.stderr.read().decode(errors="replace").strip()
                pytest.skip(f"sshd does not start here: {said}")
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()
        self.process.stderr.close()


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    made = Machine(tmp_path_factory.mktemp("ssh"))
    try:
        made.wait_ready()
        yield made
    finally:
        made.stop()


@pytest.fixture
def links(machine, monkeypatch):
    monkeypatch.setenv("PATH", f"{machine.folder}/bin:{os.environ['PATH']}")
    monkeypatch.setattr(link, "PAUSES_S", (0.2,))
    pool = LinkPool()
    yield pool
    pool.close()


def test_a_scene_is_rendered_over_ssh_and_again_after_the_line_broke(links, tmp_path) -> None:
    path = tmp_path / "lego.dvox"
    write_scene(path, random_scene())
    address = parse_address(f"ssh://loop{path}")
    scene = open_remote_scene(address, PYTHON, links=links)
    here = create_renderer(open_scene(path), "cpu", "float32")
    there = create_renderer(scene, "cpu", "float32")
    camera = orbit_cameras(1)[0]
    assert np.array_equal(there.render(camera).picture, here.render(camera).picture)
    held = remote_scene(scene).link
    held.connection()._process.kill()
    assert np.array_equal(there.render(camera).picture, here.render(camera).picture)
    assert held.epoch == 2
    process = held.connection()._process
    links.close()
    assert process.returncode is not None


def test_what_ssh_refuses_is_one_line_with_a_remedy(links, machine, tmp_path) -> None:
    address = parse_address(f"ssh://loop{tmp_path}/lego.dvox")
    (machine.folder / "known").write_text("")
    with pytest.raises(UnreachableError, match="key is not known yet; run “ssh loop” once"):
        open_remote_scene(address, PYTHON, links=links)
    machine.know_host()
    authorized = machine.folder / "authorized"
    keys = authorized.read_text()
    authorized.write_text("")
    with pytest.raises(UnreachableError, match="ssh-copy-id loop"):
        open_remote_scene(address, PYTHON, links=links)
    authorized.write_text(keys)
    with pytest.raises(UnreachableError, match="dvox is not installed there"):
        open_remote_scene(address, "no-python-here", links=links)
