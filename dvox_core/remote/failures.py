"""Says in one line why another machine cannot be reached, and what to do."""

from dataclasses import dataclass

from dvox_core import __version__
from dvox_core.errors import UserError
from dvox_core.remote.address import Host
from dvox_core.remote.messages import Message

PROTOCOL = 1
"""Raised whenever the messages change in a way that the other side must know."""

NOT_FOUND = 127
"""What a shell ends with that does not find a command."""


class ConnectionLostError(UserError):
    """The other side cannot be spoken with, for the time being."""


class UnreachableError(ConnectionLostError):
    """The other side could not be reached at all, or is not what is needed."""


@dataclass(frozen=True)
class Ending:
    """How the process ended that was to speak.

    Attributes:
        code: its exit code; negative for a signal, None where it still runs.
        said: the end of what it wrote on its standard error, and before its first message.
    """

    code: int | None
    said: str


_SSH_SAYS = (
    (
        "REMOTE HOST IDENTIFICATION HAS CHANGED",
        "its key is not the one that is known of it; if it was set up anew, "
        "run “ssh-keygen -R {host}” and then “ssh {login}” once in a terminal",
    ),
    (
        "Host key verification failed",
        "its key is not known yet; run “ssh {login}” once in a terminal, "
        "check the fingerprint that it shows, and try again",
    ),
    (
        "Permission denied",
        "asks for a password or does not know your key; log in by a key: "
        "run “ssh-copy-id {login}” once in a terminal, and “ssh-add” where the key has a "
        "passphrase",
    ),
    ("Could not resolve hostname", "no such host; check its name, or ~/.ssh/config"),
    ("Connection refused", "no ssh server answers there; check the host and its port"),
    ("timed out", "does not answer; check that it runs and that the network reaches it"),
    ("No route to host", "the network does not reach it; check VPN and cable"),
    ("Network is unreachable", "the network does not reach it; check VPN and cable"),
    ("Connection closed", "closed the connection; try “ssh {login}” in a terminal"),
    ("Connection reset", "closed the connection; try “ssh {login}” in a terminal"),
)

_NO_PROGRAM = (
    "dvox is not installed there, or not where it is looked for; install it there, or name the "
    "Python that has it: --remote-python PATH"
)


def unreachable(host: Host, ending: Ending) -> UnreachableError:
    """Why no conversation began, of a process that ended or says something else."""
    said = ending.said
    if host.is_ssh:
        login = _login(host)
        for words, remedy in _SSH_SAYS:
            if words in said:
                return UnreachableError(
                    f"{host.name}: {remedy.format(login=login, host=host.name)}"
                )
    lost = ("No module named", "not found", "No such file or directory")
    if ending.code == NOT_FOUND or any(words in said for words in lost):
        return UnreachableError(f"{host.name}: {_NO_PROGRAM}{_quoted(said)}")
    if ending.code is None:
        return UnreachableError(
            f"{host.name}: what was started there is not “dvox serve”{_quoted(said)}; "
            "check the command"
        )
    return UnreachableError(
        f"{host.name}: ended with {ending.code} before it answered{_quoted(said)}; "
        "run the same command in a terminal to see more"
    )


def lost(host: Host, ending: Ending) -> ConnectionLostError:
    """Why a conversation broke off."""
    if ending.code is not None and ending.code < 0:
        return ConnectionLostError(
            f"{host.name}: the connection's process was killed{_quoted(ending.said)}"
        )
    if "Killed" in ending.said or ending.code == 137:
        return ConnectionLostError(
            f"{host.name}: the program there was killed, as when its memory does not suffice"
        )
    return ConnectionLostError(f"{host.name}: the connection broke off{_quoted(ending.said)}")


def check_greeting(host: Host, greeting: Message) -> None:
    """Raise an UnreachableError where the other side speaks another version's messages."""
    theirs, version = greeting.head.get("protocol"), str(greeting.head.get("version", "?"))[:40]
    if greeting.type != "hello":
        raise UnreachableError(f"{host.name}: does not greet as “dvox serve” does")
    if theirs != PROTOCOL:
        newer = "here" if isinstance(theirs, int) and theirs > PROTOCOL else "there"
        raise UnreachableError(
            f"{host.name}: has dvox {version}, which does not speak with {__version__} of this "
            f"machine; install the newer one {newer} too"
        )


def _login(host: Host) -> str:
    """What one types after “ssh” to come to the same place."""
    words = host.command
    user = f"{words[words.index('-l') + 1]}@" if "-l" in words else ""
    port = f"-p {words[words.index('-p') + 1]} " if "-p" in words else ""
    return f"{port}{user}{words[words.index('--') + 1]}"


def _quoted(said: str) -> str:
    """The last line that it said, in parentheses."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return f" ({lines[-1][:160]})" if lines else ""
