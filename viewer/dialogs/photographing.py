"""How to photograph an object so that a good scene comes of it, on one page."""

from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtSvgWidgets import QSvgWidget
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from viewer.theme import Spacing
from viewer.widgets.dialog import Dialog

PICTURES = Path(__file__).resolve().parents[2] / "assets" / "photographing"
PICTURE_SIZE = QSize(200, 130)

ADVICE = (
    (
        "around.svg",
        "Walk all around it",
        "50 to 100 photos, or a slow video of a minute. What no picture shows stays blurred.",
    ),
    (
        "heights.svg",
        "At two or three heights",
        "One round at the object's own height, one from above. Keep your distance about the same.",
    ),
    (
        "overlap.svg",
        "Overlap by two thirds",
        "Take a step, take a picture. Cameras are found by what neighbouring pictures share.",
    ),
    (
        "frame.svg",
        "The whole object, in even light",
        "Let it fill most of the picture, nothing cut off. No flash; do not move it or the lights.",
    ),
)
ALSO = (
    "It helps if something patterned lies around the object, a newspaper for one: cameras are "
    "found by texture. Mirrors, glass and plain shiny surfaces do not work well. One camera, no "
    "zooming, no portrait mode; blurred photos are left out by themselves. Where photos were taken "
    "and by whom is not kept."
)


class PhotographingDialog(Dialog):
    """Four pictures with a sentence each, and what else helps."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, "How to photograph an object", width=560)
        grid = QGridLayout()
        grid.setHorizontalSpacing(Spacing.PAGE)
        grid.setVerticalSpacing(Spacing.SECTION)
        for number, (file, title, text) in enumerate(ADVICE):
            grid.addLayout(_advice(file, title, text), *divmod(number, 2))
        self.column.addLayout(grid)
        self.add_text(ALSO, "muted")
        close = self.add_button("Close", primary=True)
        close.clicked.connect(self.accept)


def _advice(file: str, title: str, text: str) -> QVBoxLayout:
    picture = QSvgWidget(str(PICTURES / file))
    picture.setFixedSize(PICTURE_SIZE)
    picture.setAccessibleName(title)
    heading = QLabel(title)
    heading.setProperty("role", "section")
    heading.setMinimumHeight(Spacing.PAGE)
    words = QLabel(text)
    words.setWordWrap(True)
    words.setProperty("role", "muted")
    words.setAlignment(Qt.AlignmentFlag.AlignTop)
    # Of three lines: rows of wrapped labels in a grid get too little height by themselves.
    words.setMinimumHeight(3 * words.fontMetrics().lineSpacing() + Spacing.LABEL)
    column = QVBoxLayout()
    column.setSpacing(Spacing.LABEL)
    middle = QHBoxLayout()
    middle.addStretch(1)
    middle.addWidget(picture)
    middle.addStretch(1)
    column.addLayout(middle)
    column.addWidget(heading)
    column.addWidget(words, 1)
    return column
