"""Names of places on other machines: ssh://[user@]host[:port]/path, or pipe:COMMAND and a path."""

import re
import shlex
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import unquote

from dvox_core.errors import UserError

SSH, PIPE = "ssh://", "pipe:"
HOW = "write ssh://[user@]host[:port]/path/to/scene"

SSH_OPTIONS = (
    *("-T", "-o", "BatchMode=yes"),  # nobody sits at a terminal to be asked
    *("-o", "ConnectTimeout=15", "-o", "ServerAliveInterval=5", "-o", "ServerAliveCountMax=3"),
)

_NAME = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_.@%+-]*")
"""What users and hosts are called; never an option of ssh."""


@dataclass(frozen=True)
class Host:
    """How another machine, or another place on this one, is reached.

    Attributes:
        command: what to start; it speaks over its standard input and output.
        name: what to call it.
        is_ssh: whether ssh reaches it, so that ssh's own words say why it cannot.
    """

    command: tuple[str, ...]
    name: str
    is_ssh: bool


@dataclass(frozen=True)
class RemoteAddress:
    """Where a scene or a training run lies.

    Attributes:
        user, port: of ssh; '' and 0 where its own configuration says.
        host: of ssh; '' for a pipe.
        pipe: the command that serves, as a shell writes it; '' for ssh.
        path: there; "~/…" is of the user's home.
    """

    path: str
    host: str = ""
    user: str = ""
    port: int = 0
    pipe: str = ""

    @property
    def name(self) -> str:
        """The scene's, or the run's folder's."""
        return PurePosixPath(self.path).name or self.path

    @property
    def host_text(self) -> str:
        """[user@]host[:port], or the command's first word."""
        if self.pipe:
            return PurePosixPath(shlex.split(self.pipe)[0]).name
        user = f"{self.user}@" if self.user else ""
        return f"{user}{self.host}:{self.port}" if self.port else f"{user}{self.host}"

    def __str__(self) -> str:
        if self.pipe:
            return f"{PIPE}{self.pipe} {self.path}"
        return f"{SSH}{self.host_text}/{self.path.removeprefix('/')}"

    def reached_by(self, remote_python: str = "") -> Host:
        """How to reach it.

        Args:
            remote_python: the Python that has this program there, as the shell there writes it;
                '' takes the command `dvox` of its PATH.
        """
        if self.pipe:
            return Host(tuple(shlex.split(self.pipe)), self.host_text, is_ssh=False)
        serve = f"{remote_python} -m main serve" if remote_python else "dvox serve"
        port = ("-p", str(self.port)) if self.port else ()
        user = ("-l", self.user) if self.user else ()
        command = ("ssh", *SSH_OPTIONS, *port, *user, "--", self.host, serve)
        return Host(command, self.host_text, is_ssh=True)


def is_address(text: str) -> bool:
    """Whether a text names a place on another machine."""
    return text.startswith((SSH, PIPE))


def parse_address(text: str, path: str = "") -> RemoteAddress:
    """Read an address.

    Args:
        text: ssh://[user@]host[:port]/path, where `/~/` begins at the home there; or pipe:COMMAND.
        path: of a pipe, where the scene lies.

    Raises:
        UserError: it is none.
    """
    if text.startswith(PIPE):
        return _pipe(text.removeprefix(PIPE), path)
    if not text.startswith(SSH):
        raise UserError(f"{text}: is no place on another machine; {HOW}")
    if path:
        raise UserError(f"{path}: the path belongs into the address; {HOW}")
    place, slash, there = text.removeprefix(SSH).partition("/")
    user, at, host = place.rpartition("@")
    host, colon, digits = host.partition(":")
    there = unquote(there)
    if not slash or not there or "\0" in there:
        raise UserError(f"{text}: names no path there; {HOW}")
    if not _NAME.fullmatch(host) or (at and not _NAME.fullmatch(user)):
        raise UserError(f"{text}: “{place}” is no host's name; {HOW}")
    port = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 6 else 0
    if colon and not 0 < port < 65536:
        raise UserError(f"{text}: “{digits}” is no port; {HOW}")
    return RemoteAddress(there if there.startswith("~") else f"/{there}", host, user, port)


def _pipe(command: str, path: str) -> RemoteAddress:
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise UserError(f"pipe:{command}: is no command ({error}); mind the quotes") from error
    if not words:
        raise UserError("pipe: names no command; write pipe:COMMAND and the scene's path there")
    if not path:
        raise UserError(f"pipe:{command}: name the scene's path there after it")
    return RemoteAddress(path, pipe=command)
