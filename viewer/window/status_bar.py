"""The status bar: state, what renders, memory, and at the right the one hint that matters now."""

import os
import sys
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QStatusBar, QWidget

from dvox_core.rendering.renderer import RendererFacts
from viewer.text.units import memory_size
from viewer.theme import Spacing, ThemeManager, interface_font, tabular
from viewer.widgets.status_dot import Dot, Mood

MEMORY_MS = 2000

UPGRADING = "preparing a faster renderer…"

DEVICES = {"cpu": "CPU", "cuda": "CUDA GPU", "mps": "Apple GPU"}


class StatusBar(QStatusBar):
    """Labels that keep their places."""

    def __init__(self, themes: ThemeManager) -> None:
        super().__init__()
        self.setSizeGripEnabled(False)
        self._dot = Dot(themes)
        self.state_label = QLabel()
        self.renderer_label = QLabel()
        self.memory_label = QLabel()
        self.memory_label.setFont(tabular(interface_font()))
        self.memory_label.setToolTip("Memory that the program holds")
        self.hint_label = _HintLabel()
        self.hint_label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        # The hint gives way first where the window is narrow.
        self.hint_label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        bar = QWidget()
        row = self._row = QHBoxLayout(bar)
        row.setContentsMargins(Spacing.PANEL, 0, Spacing.PANEL, 0)
        row.setSpacing(Spacing.CONTROL)
        row.addWidget(self._dot)
        row.addWidget(self.state_label)
        for label in (self.renderer_label, self.memory_label):
            row.addSpacing(Spacing.CONTROL)
            row.addWidget(label)
        row.addSpacing(Spacing.PAGE)
        row.addWidget(self.hint_label, 1)
        self.addWidget(bar, 1)
        self._hint = ""
        self._facts: RendererFacts | None = None
        self._upgrading = ""
        self._threads = 0  # not known before torch is there
        # What stands beside it grows and shrinks too.
        self.hint_label.resized.connect(self._elide)
        self._memory_timer = QTimer(self, interval=MEMORY_MS)
        self._memory_timer.timeout.connect(self.show_memory)
        self._memory_timer.start()
        self.show_memory()

    def add_indicator(self, indicator: QWidget) -> None:
        """Put a widget between the renderer's facts and the hint."""
        self._row.insertWidget(self._row.indexOf(self.hint_label) - 1, indicator)

    @property
    def hint(self) -> str:
        """The whole hint, even where it is elided."""
        return self._hint

    def show_state(self, text: str, mood: Mood) -> None:
        """Show what the program is doing."""
        self.state_label.setText(text)
        self._dot.show_mood(mood)

    def show_renderer(self, facts: RendererFacts | None) -> None:
        """Show what renders."""
        self._facts = facts
        self.renderer_label.setVisible(facts is not None)
        if facts:
            text = renderer_text(facts, self._threads)
            self.renderer_label.setText(f"{text} · {UPGRADING}" if self._upgrading else text)
            tips = (f"Renderer: {facts.backend}", facts.note, self._upgrading)
            self.renderer_label.setToolTip("\n".join(filter(None, tips)))

    def show_threads(self, threads: int) -> None:
        """Show how many threads the networks run on where they run on the CPU."""
        self._threads = threads
        self.show_renderer(self._facts)

    def show_upgrading(self, text: str) -> None:
        """Show what is being done to prepare a faster renderer; an empty text ends that."""
        if text != self._upgrading:
            self._upgrading = text
            self.show_renderer(self._facts)

    def show_hint(self, text: str) -> None:
        """Show what the user can do now."""
        self._hint = text
        self._elide()

    def show_memory(self) -> None:
        """Show how much memory the program holds."""
        self.memory_label.setText(memory_size(resident_bytes()))

    def stop(self) -> None:
        """End the timer."""
        self._memory_timer.stop()

    def _elide(self) -> None:
        """Leave out whole parts of the hint, the last first, rather than cutting words."""
        room = self.hint_label.width()
        parts = self._hint.split(" · ")
        measure = self.hint_label.fontMetrics().horizontalAdvance
        while len(parts) > 1 and measure(" · ".join(parts)) > room:
            parts.pop(-2)  # the last one leads to all the others: the shortcuts sheet
        text = " · ".join(parts)
        self.hint_label.setText(text if measure(text) <= room else "")
        self.hint_label.setToolTip(self._hint)


class _HintLabel(QLabel):
    """Tells when it has another width."""

    resized = Signal()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Tell of it."""
        super().resizeEvent(event)
        self.resized.emit()


def renderer_text(facts: RendererFacts, threads: int = 0) -> str:
    """E.g. "CPU, 2 threads, bfloat16"; 0 threads are not known."""
    parts = [DEVICES.get(facts.device, facts.device)]
    if facts.device == "cpu" and threads:
        parts.append(f"{threads} threads" if threads > 1 else "1 thread")
    return ", ".join([*parts, facts.precision])


def resident_bytes() -> int:
    """Memory of this process that is in RAM; where the system does not report it, its peak."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        import resource  # POSIX only

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024
