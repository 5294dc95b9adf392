"""Loading pyqtgraph: off the window's thread, and plots one by one."""

import subprocess
import sys

from PySide6.QtCore import QTimer

from viewer.plots.library import PlotLibrary

SCRIPT = """
import sys, threading
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QTabWidget
application = QApplication(["test", "-platform", "offscreen"])
from viewer.plots.library import PlotLibrary, plot_library
from viewer.widgets.curve_plot import CurvePlot
from viewer.wizard.pages.coverage_chart import CoverageChart
assert "pyqtgraph" not in sys.modules, "the widgets' own import loads it"
plot, behind = CurvePlot("Losses", 160), CurvePlot("Behind another tab", 160)
tabs = QTabWidget()
tabs.addTab(plot, "in view")
tabs.addTab(behind, "behind")
tabs.show()
application.processEvents()
assert not plot.ready() and "pyqtgraph.PlotItem" not in sys.modules
importing, run = [], PlotLibrary._import
def note_and_import(library):
    importing.append(threading.current_thread().name)
    run(library)
PlotLibrary._import = note_and_import
looking = QTimer(interval=5)
looking.timeout.connect(lambda: plot.view is not None and application.quit())
looking.start()
QTimer.singleShot(60000, lambda: application.exit(3))
code = application.exec()
assert importing == ["Loading plots"], importing
assert behind.view is None
tabs.setCurrentIndex(1)
application.processEvents()
sys.exit(code if behind.ready() else 4)
"""


def test_a_plot_is_made_when_it_is_seen_after_pyqtgraph_was_loaded_in_a_thread():
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr


def test_plots_are_made_a_piece_in_a_turn_of_the_event_loop(qtbot, qapp):
    library = PlotLibrary(None)
    happened = []

    def make(*pieces):
        for piece in pieces:
            happened.append(piece)
            QTimer.singleShot(0, lambda: happened.append("turn"))
            yield

    library.make_soon(make())  # is gone, and passed over
    library.make_soon(make("first", "second"))
    library.make_soon(make("third"))
    assert happened == []
    qtbot.waitUntil(lambda: len(happened) == 6)
    assert happened == ["first", "turn", "second", "turn", "third", "turn"]
