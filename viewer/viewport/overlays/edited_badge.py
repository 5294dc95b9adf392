"""A badge over the picture while it is not what was trained, with the way back."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy

from viewer.state.scene_edits import SceneEdits
from viewer.text.edits import changes_text
from viewer.theme import CORNER_RADIUS, Spacing, Theme
from viewer.theme.tokens import mixed
from viewer.viewport.canvas.letterbox import Rectangle
from viewer.viewport.layout import EDGE
from viewer.viewport.overlays.labels import BusyLabel
from viewer.viewport.overlays.mode_switch import HEIGHT
from viewer.viewport.overlays.orbit_sphere import room_beside
from viewer.viewport.overlays.overlay import Overlay


class EditedBadge(Overlay):
    """Says what is changed; its button shows the scene as trained, and undo brings it back."""

    def __init__(self, edits: SceneEdits) -> None:
        super().__init__()
        self.setObjectName("editedBadge")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, False)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._edits = edits
        self.label = QLabel()
        self.label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.button = QPushButton("As trained")
        self.button.setToolTip("Show the scene as it was trained; undo brings the changes back")
        # Not by clicking: the keys stay with the picture.
        self.button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.button.clicked.connect(edits.restore_trained)
        row = QHBoxLayout(self)
        row.setContentsMargins(Spacing.PANEL, 2, 2, 2)
        row.setSpacing(Spacing.PANEL)
        row.addWidget(self.label, 1)
        row.addWidget(self.button)
        edits.interventions_changed.connect(self._show)
        self.hide()

    def apply_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        super().apply_theme(theme)
        self.setStyleSheet(
            f"#editedBadge {{ background: {mixed(theme.panel, theme.amber, 0.12)};"
            f" border: 1px solid {mixed(theme.line, theme.amber, 0.6)};"
            f" border-radius: {CORNER_RADIUS}px; }}"
        )

    def lay_out(self, size: QSize, place: Rectangle) -> None:
        """Stand below the switch of display modes, at the left."""
        text = self.label.fontMetrics().horizontalAdvance(self.label.text()) + 2
        margins = 2 * Spacing.PANEL + 4
        width = min(text + self.button.sizeHint().width() + margins, room_beside(size) - 2 * EDGE)
        parent = self.parentWidget()
        busy = parent.findChild(BusyLabel) if parent is not None else None
        has_busy_above = busy is not None and busy.x() == EDGE  # below the switch, when it shows
        y = EDGE + (2 if has_busy_above else 1) * (HEIGHT + 8)
        self.setGeometry(EDGE, y, width, max(self.sizeHint().height(), HEIGHT))

    def _show(self, *_: object) -> None:
        text = changes_text(self._edits.interventions)
        self.label.setText(f"Changed: {text}")
        self.label.setToolTip(text)
        self.setAccessibleName(f"Changed: {text}" if text else "")
        self.setVisible(bool(text))
        parent = self.parentWidget()
        if text and parent is not None:
            self.lay_out(parent.size(), Rectangle(0, 0, 0, 0))
