"""A viewport with an open scene, whose camera moves at once."""

from pathlib import Path

import pytest

from tests.helpers.view_bench import Bench


@pytest.fixture
def bench(qtbot, themes):
    themes.set_motion(False)
    bench = Bench(themes)
    bench.show()
    qtbot.waitExposed(bench)
    bench.activateWindow()
    with qtbot.waitSignal(bench.viewport.picture_shown):
        bench.session.open(Path("ball.pth"))
    bench.viewport.setFocus()
    qtbot.waitUntil(bench.viewport.hasFocus)
    yield bench
    bench.session.stop()
    bench.close()
    bench.deleteLater()
