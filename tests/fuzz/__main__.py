"""Fuzzes every reader for a while: `python -m tests.fuzz --seconds 600`.

The work is done by a process of its own, which may crash: it says what it is about to read, so that
an input that ends it is a find too.
"""

import argparse
import logging
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from tests.fuzz.fuzzing import (
    Find,
    broken_files,
    good_files,
    keep_find,
    limited_memory,
    problem_of,
    schedule,
)
from tests.fuzz.readers import READERS


def main() -> int:
    """Fuzz; the exit code is 1 if anything was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--inputs", type=int, default=10**9, help="stop after so many")
    parser.add_argument("--seed", type=int, default=None, help="the first; else the time")
    parser.add_argument("--readers", nargs="*", default=list(READERS), choices=list(READERS))
    parser.add_argument("--finds", type=Path, default=Path("fuzz_finds"))
    parser.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    logging.disable()  # what a reader warns of is not what is looked for
    seed = int(time.time()) * 1000 if options.seed is None else options.seed
    if options.work:
        return _work(options.readers, seed, options.inputs, options.seconds)
    return _oversee(options.readers, seed, options.inputs, options.seconds, options.finds)


def _work(names: list[str], seed: int, inputs: int, seconds: float) -> int:
    """Say what is read before and how it ended after; stop when time is over."""
    deadline = time.monotonic() + seconds
    good = {name: good_files(READERS[name]) for name in names}
    with limited_memory():
        for number, (name, own) in enumerate(schedule(names, seed)):
            if number >= inputs or time.monotonic() > deadline:
                break
            print(f"{name} {own}", flush=True)
            files = broken_files(READERS[name], good[name], own)
            print("bad" if problem_of(READERS[name], files) else "well", flush=True)
    print("done", flush=True)
    return 0


def _oversee(names: list[str], seed: int, inputs: int, seconds: float, finds: Path) -> int:
    deadline = time.monotonic() + seconds
    good = {name: good_files(READERS[name]) for name in names}
    done: Counter[str] = Counter()
    found: Counter[str] = Counter()
    following = seed

    def keep(name: str, number: int, problem: str) -> None:
        found[name] += 1
        files = broken_files(READERS[name], good[name], number)
        if not problem:
            with limited_memory():
                problem = problem_of(READERS[name], files) or "it cannot be repeated"
        place = keep_find(finds, Find(name, files, problem), str(number))
        print(f"{place}: {problem.strip().splitlines()[-1]}", flush=True)

    while time.monotonic() < deadline and done.total() < inputs:
        words = [sys.executable, "-m", "tests.fuzz", "--work", "--seed", str(following)]
        words += ["--seconds", str(deadline - time.monotonic())]
        words += ["--inputs", str(inputs - done.total()), "--readers", *names]
        under_way: tuple[str, int] | None = None
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as worker:
            assert worker.stdout is not None
            for line in worker.stdout:
                match line.split():
                    case ["well" | "bad" as ending] if under_way:
                        done[under_way[0]] += 1
                        if ending == "bad":
                            keep(*under_way, "")
                        under_way = None
                    case [name, number]:
                        under_way, following = (name, int(number)), int(number) + 1
        if under_way:
            keep(*under_way, f"the process ended with code {worker.returncode}")
    print(f"{done.total()} inputs from seed {seed} {dict(done)}: {found.total()} finds")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
