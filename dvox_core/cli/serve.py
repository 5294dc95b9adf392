"""`serve`: the other side of a window on another machine."""

import sys
from dataclasses import dataclass

from dvox_core.errors import UserError


@dataclass(frozen=True)
class Serve:
    """Open and render scenes for a window on another machine, which starts this by itself.

    Speaks over standard input and output, opens no port, and ends with the window.

    Example: python main.py view ssh://user@host/path/to/scene.dvox

    That starts `ssh user@host dvox serve`.
    """

    def run(self) -> int:
        """Serve until the window has gone."""
        from dvox_core.remote.server.serve import serve

        if sys.stdin is None or sys.stdout is None:
            raise UserError("serve: has no standard input and output to speak over")
        if sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty():
            raise UserError(
                "serve: is started by a window: python main.py view ssh://user@host/path/to/scene"
            )
        return serve()
