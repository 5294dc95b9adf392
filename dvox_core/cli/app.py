"""Parses the command line, runs a sub-command, and turns errors into one line and a code."""

import importlib
import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Protocol

from dvox_core.errors import Cancelled, UserError
from dvox_core.program import program_name

DONE, OUR_FAULT, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130

HELP = ("-h", "--help")

COMMANDS: Mapping[str, str] = {
    "info": "dvox_core.cli.info:Info",
    "convert": "dvox_core.cli.convert:Convert",
    "render": "dvox_core.cli.render:Render",
    "inspect": "dvox_core.cli.inspect:Inspect",
    "integrate": "dvox_core.cli.integrate:Integrate",
    "record": "dvox_core.cli.record:Record",
    "bench": "dvox_core.cli.bench:Bench",
    "import": "dvox_core.cli.import_capture:Import",
    "mask": "dvox_core.cli.mask:Mask",
    "train": "dvox_core.cli.train:Train",
    "scene": "dvox_core.cli.scene:MakeScene",
    "evaluate": "dvox_core.cli.evaluate:Evaluate",
    "trust": "dvox_core.cli.trust:Trust",
    "table": "dvox_core.cli.table:MakeTable",
    "serve": "dvox_core.cli.serve:Serve",
    "bench-train": "dvox_core.cli.bench_train:BenchTrain",
}
"""Every sub-command of the core: name → module:class, imported only when it is called."""


class Command(Protocol):
    """A sub-command: a dataclass whose fields are its arguments and whose docstring its help."""

    def run(self) -> int:
        """Do it; return the exit code."""
        ...


def run_command_line(
    arguments: Sequence[str], commands: Mapping[str, str], description: str = ""
) -> int:
    """Parse `arguments` and run the sub-command they name.

    Args:
        arguments: without the program's name.
        commands: name → "module:class"; see `COMMANDS`.
        description: shown above the list of sub-commands.

    Returns:
        0 done, 2 bad input, 1 our fault, 130 interrupted.
    """
    try:
        command = parse(arguments, commands, description)
        return command.run()
    except (UserError, Cancelled) as error:
        print(f"error: {error}", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except Exception as error:  # the last resort: one line, and the traceback for those who ask
        if os.environ.get("DVOX_DEBUG"):
            traceback.print_exc()
        reason = " ".join(str(error).split()) or type(error).__name__
        print(
            f"internal error: {reason} ({type(error).__name__}); "
            "please report it with the output of the same command under DVOX_DEBUG=1",
            file=sys.stderr,
        )
        return OUR_FAULT


def parse(arguments: Sequence[str], commands: Mapping[str, str], description: str) -> Command:
    """The sub-command that `arguments` ask for; exits by itself on --help.

    Raises:
        MisuseError: arguments that no sub-command takes.
    """
    import tyro

    from dvox_core.cli.help_texts import in_own_words, with_flowing_helps
    from dvox_core.cli.misuse import misuse_in_one_line

    named = arguments[0] if arguments else ""
    if named not in commands and named not in HELP:
        known = ", ".join(commands)
        raise UserError(f"{named or program_name()}: name a sub-command: {known}")
    config = (tyro.conf.PositionalMetavarFromFieldName,)
    # Only the command that is called is imported with its arguments; for help, all are.
    if named in commands:
        kind: Any = with_flowing_helps(_load(commands[named]))
        prog = f"{program_name()} {named}"
        with misuse_in_one_line(kind, arguments[1:], f"{prog} --help"):
            return tyro.cli(kind, prog=prog, args=list(arguments[1:]), config=config)  # type: ignore[no-any-return]
    union: Any = None
    for name, place in commands.items():
        command = with_flowing_helps(_load(place))
        member: Any = Annotated[command, tyro.conf.subcommand(name)]
        union = member if union is None else union | member
    return tyro.cli(  # type: ignore[no-any-return]
        union,
        prog=program_name(),
        description=in_own_words(description),
        args=list(arguments),
        config=config,
    )


def _load(place: str) -> type[Command]:
    module, name = place.split(":")
    command: type[Command] = getattr(importlib.import_module(module), name)
    return command
