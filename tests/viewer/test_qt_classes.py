"""PySide's classes are made by the window's thread alone."""

import subprocess
import sys

SCRIPT = """
import sys, threading
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
application = QApplication(["test", "-platform", "offscreen"])
from viewer.controllers.later_imports import OPENED_LATER, LaterImports
from viewer.plots.library import plot_library
from viewer.qt_classes import MODULES, classes_to_make
from viewer.view3d.opengl_speed import OpenGLSpeed

run, made_in = threading.Thread.run, {}

def count_and_run(thread):
    before = {name: classes_to_make(name) for name in MODULES}
    run(thread)
    made = [f"{name}.{each}" for name in MODULES for each in before[name] - classes_to_make(name)]
    made_in[thread.name] = sorted(made)

threading.Thread.run = count_and_run
later, speed = LaterImports(application), OpenGLSpeed(application)
plot_library().load()
later.begin()
speed._needed, speed._is_fast = True, lambda: True  # as where there is a graphics processor
speed.measure()

def end_when_done():
    if {"Loading plots", "Preparing dialogs", "Measuring OpenGL"} <= made_in.keys():
        application.quit()

looking = QTimer(interval=20)
looking.timeout.connect(end_when_done)
looking.start()
QTimer.singleShot(120000, lambda: application.exit(3))
code = application.exec()
later.stop()
assert all(name in sys.modules for name in (*OPENED_LATER, "pyqtgraph", "pyqtgraph.opengl"))
assert not any(made_in.values()), made_in
sys.exit(code)
"""


def test_no_thread_but_the_windows_makes_a_class_of_qt():
    """Two threads that make classes at once end the program: PySide holds no lock meanwhile."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
