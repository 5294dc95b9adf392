"""Masks a capture in a process of its own, which takes all processors and can be ended at once."""

import sys
from collections.abc import Callable
from pathlib import Path

from dvox_core.child_process import Message, serve_parent


def _work(request: Message, tell: Callable[[Message], None]) -> None:
    from dvox_core.radiance_field.object_masks import mask_capture

    report = mask_capture(
        Path(request["capture"]),
        Path(request["out"]),
        lambda done, total, what: tell({"progress": (done, total, what)}),
        background=request["background"],
        threshold=request["threshold"],
        fit_to=Path(request["fit_to"]) if request["fit_to"] else None,
    )
    tell({"line": report.line})


if __name__ == "__main__":
    sys.exit(serve_parent(_work))
