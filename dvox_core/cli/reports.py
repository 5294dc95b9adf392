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


def print_facts(facts: Iterable[tuple[str, str]]) -> None:
    """Print pairs of a label and a value, the values in one column."""
    rows = list(facts)
    width = max((len(label) for label, _ in rows), default=0)
    for label, value in rows:
        print(f"{label:<{width}}  {value}")


def complain(line: str) -> None:
    """Say something beside the results, on standard error."""
    print(line, file=sys.stderr)
