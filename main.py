"""The one entry: a bare call opens the window, sub-commands run without one."""

import sys

DESCRIPTION = """View, inspect and train DeepVoxels scenes (Sitzmann et al., CVPR 2019).

Without a sub-command the window opens. `main.py COMMAND --help` explains a sub-command."""

WINDOW_COMMANDS = {"view": "viewer.command:View"}


def main() -> int:
    """Run the sub-command that is named, `view` if none is."""
    from dvox_core.cli.app import COMMANDS, run_command_line

    arguments = sys.argv[1:] or ["view"]
    return run_command_line(arguments, {**WINDOW_COMMANDS, **COMMANDS}, DESCRIPTION)


if __name__ == "__main__":
    sys.exit(main())
