"""The log file, where tracebacks go, and the hooks that send them there."""

import logging
import sys
import threading
from collections.abc import Callable
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import (
    QMessageLogContext,
    QObject,
    QStandardPaths,
    Qt,
    QtMsgType,
    Signal,
    qInstallMessageHandler,
)

LOG_NAME = "dvox.log"
LOG_BYTES = 1_000_000
LOG_COPIES = 3
FAULT_LINE = "Something went wrong inside the program; details are in the log (Help, Show the log)"

_log = logging.getLogger("viewer")


def log_folder() -> Path:
    """Where the platform keeps an application's logs."""
    place = QStandardPaths.StandardLocation.StateLocation
    return Path(QStandardPaths.writableLocation(place))


def start_log(folder: Path) -> Path:
    """Send log records to a rotating file in `folder`, or to stderr where it cannot be written.

    Returns:
        The log file.
    """
    path = folder / LOG_NAME
    handler: logging.Handler
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(
            path, maxBytes=LOG_BYTES, backupCount=LOG_COPIES, encoding="utf-8", delay=False
        )
    except OSError:
        handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    handler.set_name("dvox")
    root = logging.getLogger()
    stop_log()
    root.addHandler(handler)
    if root.level in (logging.NOTSET, logging.WARNING):
        root.setLevel(logging.INFO)
    return path


def stop_log() -> None:
    """Close the log file."""
    root = logging.getLogger()
    for handler in list(root.handlers):
        if handler.get_name() == "dvox":
            root.removeHandler(handler)
            handler.close()


class FaultReporter(QObject):
    """Reports exceptions that were not caught: traceback to the log, one line to the window."""

    fault = Signal(str)  # the line; delivered on the window's thread

    def __init__(self, show: Callable[[str], object]) -> None:
        super().__init__()
        self.fault.connect(show, Qt.ConnectionType.QueuedConnection)
        self._former = (sys.excepthook, threading.excepthook)

    def install(self) -> None:
        """Take over the hooks of exceptions, of threads and of Qt's messages."""
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread_exception
        qInstallMessageHandler(_on_qt_message)

    def remove(self) -> None:
        """Put the former hooks back."""
        sys.excepthook, threading.excepthook = self._former
        qInstallMessageHandler(None)

    def _on_exception(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            self._former[0](kind, error, trace)
            return
        _log.error("Uncaught exception", exc_info=(kind, error, trace))
        self.fault.emit(FAULT_LINE)

    def _on_thread_exception(self, arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None and arguments.exc_type is not SystemExit:
            self._on_exception(arguments.exc_type, arguments.exc_value, arguments.exc_traceback)


_QT_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


def _on_qt_message(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    del context
    logging.getLogger("qt").log(_QT_LEVELS.get(kind, logging.WARNING), text)
