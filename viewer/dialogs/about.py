"""About the program: version, licence, the paper to cite, and versions for a report."""

import platform
from importlib.metadata import PackageNotFoundError, version

from PySide6.QtCore import Qt, qVersion
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QWidget

from viewer.dialogs.dialog import Dialog
from viewer.theme import CAPTION_PX, monospaced_font

CITATION = """@inproceedings{sitzmann2019deepvoxels,
  title     = {DeepVoxels: Learning Persistent 3D Feature Embeddings},
  author    = {Sitzmann, Vincent and Thies, Justus and Heide, Felix and
               Nie{\\ss}ner, Matthias and Wetzstein, Gordon and
               Zollh{\\"o}fer, Michael},
  booktitle = {Proc. Computer Vision and Pattern Recognition (CVPR), IEEE},
  year      = {2019}
}"""


class AboutDialog(Dialog):
    """Says what this is and whose method it shows."""

    def __init__(self, parent: QWidget, picture_backend: str) -> None:
        super().__init__(parent, "About dvox", width=600)
        self._picture_backend = picture_backend
        self.add_text(
            f"Version {package_version('dvox')}. Opens scenes trained with DeepVoxels and renders "
            "novel views of them while you turn them with the mouse. MIT licence."
        )
        self.add_text("The method, to be cited in publications:")
        citation = QPlainTextEdit(CITATION)
        citation.setReadOnly(True)
        citation.setFont(monospaced_font(CAPTION_PX))
        citation.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        citation.setAccessibleName("Citation")
        citation.setFixedHeight(9 * citation.fontMetrics().lineSpacing() + 8)
        self.column.addWidget(citation)
        versions = QLabel(self.versions)
        versions.setProperty("role", "muted")
        versions.setWordWrap(True)
        versions.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.column.addWidget(versions)
        self.column.addStretch(1)
        copy_citation = self.add_button("Copy the citation", at_left=True)
        copy_citation.clicked.connect(lambda: _copy(CITATION))
        copy_versions = self.add_button("Copy the versions")
        copy_versions.setToolTip("For a report of a problem")
        copy_versions.clicked.connect(lambda: _copy(self.versions))
        close = self.add_button("Close", primary=True)
        close.clicked.connect(self.accept)
        close.setFocus()

    @property
    def versions(self) -> str:
        """What runs, in one line."""
        parts = [
            f"Python {platform.python_version()}",
            f"Qt {qVersion()}",
            f"PySide {package_version('PySide6_Essentials')}",
            f"torch {package_version('torch')}",
            f"numpy {package_version('numpy')}",
            f"picture painted by {self._picture_backend}",
            f"{platform.system()} {platform.machine()}",
        ]
        return " · ".join(parts)


def package_version(name: str) -> str:
    """The installed version of a package, without importing it."""
    try:
        return version(name)
    except PackageNotFoundError:
        return "unknown"


def _copy(text: str) -> None:
    QGuiApplication.clipboard().setText(text)
