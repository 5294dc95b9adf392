"""The training panel's log: what happened, line by line, with the time."""

import html
import time
from collections.abc import Sequence

from PySide6.QtWidgets import QPlainTextEdit

from viewer.panels.panel import PanelContext, Section
from viewer.state.training_state import MAX_LINES, LogLine
from viewer.theme import Theme, monospaced_font

HEIGHT = 168


class LogSection(Section):
    """The newest lines; failures and warnings in red."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__("Log")
        self._themes = context.themes
        self._state = context.training.state
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setMaximumBlockCount(MAX_LINES)
        self.text.setFont(monospaced_font(11))
        self.text.setFixedHeight(HEIGHT)
        self.text.setPlaceholderText("What happens in the run is written here.")
        self.text.setToolTip(
            "Events of the run: validations, snapshots, what you had it do, and what went wrong"
        )
        self.text.setAccessibleName("Log of the run")
        self.column.addWidget(self.text)
        self._in_view = False
        self._waiting: list[LogLine] = []
        self._state.lines_added.connect(self._add)
        self._state.run_changed.connect(lambda _: self._forget())
        context.themes.theme_changed.connect(lambda _: self._write_all())

    def set_in_view(self, in_view: bool) -> None:
        """Write what has arrived meanwhile."""
        self._in_view = in_view
        if in_view:
            self._add(())

    def _add(self, lines: Sequence[LogLine]) -> None:
        self._waiting = [*self._waiting, *lines][-MAX_LINES:]
        if self._in_view and self._waiting:
            theme = self._themes.theme
            text = "<br>".join(line_html(line, theme) for line in self._waiting)
            self._waiting = []
            bar = self.text.verticalScrollBar()
            at_end = bar.value() >= bar.maximum() - 2
            self.text.appendHtml(text)
            if at_end:
                bar.setValue(bar.maximum())

    def _write_all(self) -> None:
        self.text.clear()
        self._waiting = list(self._state.lines)
        self._add(())

    def _forget(self) -> None:
        self.text.clear()
        self._waiting = []


def line_html(line: LogLine, theme: Theme) -> str:
    """A line with its time, in its colour."""
    clock = time.strftime("%H:%M:%S", time.localtime(line.time)) if line.time else "        "
    color = theme.red if line.is_bad else theme.text
    text = html.escape(line.text)
    return (
        f'<span style="color:{theme.muted}">{clock}</span>&nbsp; '
        f'<span style="color:{color}">{text}</span>'
    )
