"""Removes the half-installed packages of an interrupted pip run, so that pip installs them anew."""

import shutil
import sys
import sysconfig
from pathlib import Path


def is_finished(metadata: Path) -> bool:
    """Whether pip came to the end of this package: the last thing it writes is its own RECORD.

    Before that, the folder has the wheel's RECORD, which does not list the INSTALLER file.
    """
    try:
        return "/INSTALLER," in (metadata / "RECORD").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False


def remove_unfinished(packages: Path) -> list[str]:
    """Delete unfinished metadata, and pip's leftovers of packages it was replacing."""
    unfinished = [path for path in packages.glob("*.dist-info") if not is_finished(path)]
    leftovers = list(packages.glob("~*"))
    for path in unfinished + leftovers:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    return sorted(path.name for path in unfinished + leftovers)


if __name__ == "__main__":
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else sysconfig.get_path("purelib"))
    for name in remove_unfinished(folder):
        print(f"dvox: removed {name}", file=sys.stderr)
