"""The program of a bundle, which is asked to be Python too: its own processes are started by it."""

import multiprocessing
import os
import runpy
import sys

OWN_PACKAGES = ("dvox_core", "viewer")
BAD_INPUT = 2


def run() -> int:
    """Run the program, or after -m one of its modules, as `dvox_core.program.module_call` asks."""
    multiprocessing.freeze_support()
    give_libraries_back()
    if sys.argv[1:2] == ["-m"]:
        return run_module(sys.argv[2:])
    from main import main

    return main()


def run_module(words: list[str]) -> int:
    """Run a module of ours as `python -m` does."""
    module = words[0] if words else ""
    if module.partition(".")[0] not in OWN_PACKAGES:
        print(f"error: -m {module}: is no module of this program", file=sys.stderr)
        return BAD_INPUT
    sys.argv = words
    runpy.run_module(module, run_name="__main__", alter_sys=True)
    return 0


def give_libraries_back() -> None:
    """Let other programs that are started from here, ssh or a browser, find their own libraries.

    The bundle's loader has put the bundle's first; this process has read that already.
    """
    if not getattr(sys, "frozen", False):
        return
    before = os.environ.pop("LD_LIBRARY_PATH_ORIG", None)
    os.environ.pop("LD_LIBRARY_PATH", None)
    if before is not None:
        os.environ["LD_LIBRARY_PATH"] = before


if __name__ == "__main__":
    sys.exit(run())
