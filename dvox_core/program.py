"""How this program is called here, and how a package is added to it."""

import shlex
import sys
from pathlib import Path

INSTALLED_NAMES = ("dvox", "dvox.exe")
FROM_SOURCE = "python main.py"
"""How the documentation calls the program."""


def program_name() -> str:
    """What the user types before a sub-command: “dvox”, “python main.py”, or with its path."""
    typed = sys.argv[0] if sys.argv else ""
    name = Path(typed).name
    if name in INSTALLED_NAMES:
        return name.removesuffix(".exe")
    return f"python {shlex.quote(typed)}" if name == "main.py" else FROM_SOURCE


def install_command(*requirements: str) -> str:
    """A command that installs packages where this program finds them, wherever it was started.

    The packages by their own names, not an extra of this one: that would only work in its folder.
    """
    return shlex.join([sys.executable, "-m", "pip", "install", *requirements])
