"""Finds a source's object in a process of its own: it takes all processors and can be ended.

With an `out` in the request, masks are written there; without, rough places are told.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from dvox_core.child_process import Message, serve_parent


def _work(request: Message, tell: Callable[[Message], None]) -> None:
    from dvox_core.data.formats import recognise
    from dvox_core.data.survey import survey_source
    from dvox_core.radiance_field.box_check import rough_places
    from dvox_core.radiance_field.source_masks import find_source_object

    def progress(done: int, total: int, what: str) -> None:
        tell({"progress": (done, total, what)})

    path = Path(request["source"])
    with tempfile.TemporaryDirectory() as workspace:
        source = recognise(path).read(path, Path(workspace), progress)
        survey = survey_source(source)
        if "out" in request:
            report = find_source_object(path, source, survey, Path(request["out"]), progress)
            tell({"line": report.line})
        else:
            tell({"places": rough_places(path, source, survey, progress).round(6).tolist()})


if __name__ == "__main__":
    sys.exit(serve_parent(_work))
