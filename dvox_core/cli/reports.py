"""Prints reports: as JSON to a file or to standard output, or as aligned lines."""

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from dvox_core.atomic_files import write_text


def write_json(report: Mapping[str, Any], target: Path) -> None:
    """Write a report to a file, or to standard output if `target` is "-"."""
    text = json.dumps(report, indent=2, ensure_ascii=False)
    if str(target) == "-":
        print(text)
    else:
        write_text(target, text + "\n")


def tell(report: Mapping[str, Any], text: str, json_target: Path | None) -> None:
    """Print a report as text, and write it as JSON too where that is asked for.

    JSON on standard output is for programs: the text is then for the eye alone.

    Args:
        report: plain JSON values.
        text: the same for people.
        json_target: a file, "-" for standard output, or None.
    """
    if json_target is not None:
        write_json(report, json_target)
    to_programs = json_target is not None and str(json_target) == "-"
    print(text, file=sys.stderr if to_programs else sys.stdout)


def print_facts(facts: Iterable[tuple[str, str]]) -> None:
    """Print pairs of a label and a value, the values in one column."""
    print(facts_text(facts))


def facts_text(facts: Iterable[tuple[str, str]]) -> str:
    """Pairs of a label and a value in lines, the values in one column."""
    rows = list(facts)
    width = max((len(label) for label, _ in rows), default=0)
    return "\n".join(f"{label:<{width}}  {value}" for label, value in rows)


def complain(line: str) -> None:
    """Say something beside the results, on standard error."""
    print(line, file=sys.stderr)
