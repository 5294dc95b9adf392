"""The guide, to read beside the window, with its headings at the left."""

import re
from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QTextBlock, QTextCursor
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QTextBrowser,
    QWidget,
)

from viewer.theme import Spacing

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guide.md"
SIZE = QSize(980, 720)
CONTENTS_WIDTH = 250


class GuideWindow(QDialog):
    """Shows a Markdown file; does not block the window it belongs to."""

    def __init__(self, parent: QWidget, file: Path = GUIDE) -> None:
        super().__init__(parent)
        self.setWindowTitle("Guide")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(SIZE.boundedTo(parent.screen().availableGeometry().size()))
        self.text = QTextBrowser()
        self.text.setOpenExternalLinks(True)
        self.text.setSearchPaths([str(file.parent)])
        self.text.document().setDocumentMargin(Spacing.PAGE)
        self.text.setMarkdown(without_tags(file.read_text(encoding="utf-8")))
        self.contents = QListWidget()
        self.contents.setFixedWidth(CONTENTS_WIDTH)
        self.contents.setAccessibleName("Headings of the guide")
        for block in self._headings():
            item = QListWidgetItem("    " * (block.blockFormat().headingLevel() - 1) + block.text())
            item.setData(Qt.ItemDataRole.UserRole, block.position())
            self.contents.addItem(item)
        self.contents.currentItemChanged.connect(self._go_to)
        row = QHBoxLayout(self)
        row.setContentsMargins(Spacing.PANEL, Spacing.PANEL, Spacing.PANEL, Spacing.PANEL)
        row.setSpacing(Spacing.PANEL)
        row.addWidget(self.contents)
        row.addWidget(self.text, 1)

    def _headings(self) -> list[QTextBlock]:
        """Of the first three levels."""
        found, block = [], self.text.document().begin()
        while block.isValid():
            if 1 <= block.blockFormat().headingLevel() <= 3:
                found.append(block)
            block = block.next()
        return found

    def _go_to(self, item: QListWidgetItem | None) -> None:
        if item is None:
            return
        cursor = QTextCursor(self.text.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        self.text.setTextCursor(cursor)  # so that the heading comes to stand at the top
        cursor.setPosition(item.data(Qt.ItemDataRole.UserRole))
        self.text.setTextCursor(cursor)


def without_tags(markdown: str) -> str:
    """Markdown with keys in bold: Qt shows the tags of HTML as they are written."""
    return re.sub(r"</?kbd>", "**", markdown)
