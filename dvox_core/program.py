"""How this program is called here, and how a package is added to it."""

import shlex
import sys
from pathlib import Path

INSTALLED_NAMES = ("dvox", "dvox.exe")
FROM_SOURCE = "python main.py"
"""How the documentation calls the program."""

MAIN = Path(__file__).resolve().parents[1] / "main.py"


def program_name() -> str:
    """What the user types before a sub-command: “dvox”, “python main.py”, or with its path."""
    typed = sys.argv[0] if sys.argv else ""
    name = Path(typed).name
    if name in INSTALLED_NAMES:
        return name.removesuffix(".exe")
    return f"python {shlex.quote(typed)}" if name == "main.py" else FROM_SOURCE


def is_bundled() -> bool:
    """Whether this is a bundle (`make bundle`), which has no Python beside it."""
    return bool(getattr(sys, "frozen", False))


def program_call() -> list[str]:
    """The words that start this program anew, from anywhere, before those of a sub-command."""
    return [sys.executable] if is_bundled() else [sys.executable, str(MAIN)]


def module_call(module: str) -> list[str]:
    """The words that run one of this program's own modules; a bundle's program takes -m too."""
    return [sys.executable, "-m", module]


def install_command(*requirements: str) -> str:
    """A command that installs packages where this program finds them, wherever it was started.

    The packages by their own names, not an extra of this one: that would only work in its folder.
    Nothing can be added to a bundle, so there it says where they can be.
    """
    if is_bundled():
        packages = shlex.join(["pip", "install", *requirements])
        return f"{packages} beside a dvox from its wheel (this is a bundle, which takes no more)"
    return shlex.join([sys.executable, "-m", "pip", "install", *requirements])
