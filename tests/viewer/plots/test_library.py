"""Loading pyqtgraph: off the window's thread, and plots one by one."""

import subprocess
import sys

from PySide6.QtCore import QTimer

from viewer.plots.library import PlotLibrary

SCRIPT = """
import sys, threading
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
application = QApplication(["test", "-platform", "offscreen"])
from viewer.plots.library import plot_library
from viewer.widgets.curve_plot import CurvePlot
from viewer.wizard.pages.coverage_chart import CoverageChart
assert "pyqtgraph" not in sys.modules, "the widgets' own import loads it"
plot = CurvePlot("Losses", 160)
plot.show()
assert not plot.ready() and "pyqtgraph.PlotItem" not in sys.modules
names = {thread.name for thread in threading.enumerate()}
assert "Loading plots" in names, names
looking = QTimer(interval=5)
looking.timeout.connect(lambda: plot.view is not None and application.quit())
looking.start()
QTimer.singleShot(60000, lambda: application.exit(3))
sys.exit(application.exec())
"""


def test_a_plot_is_made_when_it_is_seen_after_pyqtgraph_was_loaded_in_a_thread():
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr


def test_plots_are_made_one_in_a_turn_of_the_event_loop(qtbot, qapp):
    library = PlotLibrary(None)
    happened = []

    def make(name):
        happened.append(name)
        QTimer.singleShot(0, lambda: happened.append("turn"))
        return True

    for name in ("first", "second"):
        library.make_soon(lambda name=name: make(name))
    assert happened == []
    qtbot.waitUntil(lambda: len(happened) == 4)
    assert happened.index("turn") < happened.index("second")


def test_what_is_gone_before_its_turn_is_passed_over(qtbot, qapp):
    library = PlotLibrary(None)
    made = []
    library.make_soon(lambda: False)
    library.make_soon(lambda: made.append(1) or True)
    qtbot.waitUntil(lambda: made == [1])
