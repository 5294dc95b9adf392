"""The entry of a bundle, which is asked to be Python too: its own processes are started so."""

import multiprocessing
import runpy
import sys
from pathlib import Path


def run() -> int:
    """Run the program; or a module after -m, as the program starts its helpers."""
    multiprocessing.freeze_support()
    arguments = sys.argv[1:]
    if arguments[:1] == ["-m"]:
        sys.argv = arguments[1:]
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
        return 0
    if arguments and Path(arguments[0]).name == "main.py":
        arguments = arguments[1:]
    from main import main

    return main(arguments)


if __name__ == "__main__":
    sys.exit(run())
