"""The one entry: a bare call opens the window, sub-commands run without one."""

import sys
from collections.abc import Sequence
from pathlib import Path

DESCRIPTION = """View, inspect and train DeepVoxels scenes (Sitzmann et al., CVPR 2019).

Without a sub-command the window opens, on a scene if one is named. `python main.py COMMAND --help`
explains a sub-command, `python main.py --version` tells the version."""

WINDOW_COMMANDS = {
    "view": "viewer.app.command:ViewCommand",
    "bench-view": "viewer.bench.command:BenchViewCommand",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the sub-command that is named, `view` if none is; return the exit code."""
    from dvox_core import __version__
    from dvox_core.cli.app import BAD_INPUT, COMMANDS, DONE, HELP, run_command_line
    from dvox_core.remote.address import is_address

    commands = {**WINDOW_COMMANDS, **COMMANDS}
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    first = arguments[0] if arguments else ""
    if first == "--version":
        print(f"dvox {__version__}")
        return DONE
    if first not in (*commands, *HELP):
        is_place = is_address(first) or Path(first).exists()
        if first and not first.startswith("-") and not is_place:
            known = ", ".join(commands)
            print(f"error: {first}: neither a scene nor a sub-command ({known})", file=sys.stderr)
            return BAD_INPUT
        arguments = ["view", *arguments]
    return run_command_line(arguments, commands, DESCRIPTION)


if __name__ == "__main__":
    sys.exit(main())
