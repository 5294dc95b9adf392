"""Copies a panel's data and picture to the clipboard, or saves the data in a file."""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QGuiApplication, QHideEvent
from PySide6.QtWidgets import QPushButton, QWidget

from dvox_core.atomic_files import atomic_file, write_text
from viewer.panels.panel import PanelContext
from viewer.widgets.widget_row import WidgetRow
from viewer.workers.background.latest_operation import LatestOperation
from viewer.workers.background.operation import Progress, run_in_background

CSV_FILES = "Table (*.csv)"
NPZ_FILES = "NumPy arrays (*.npz)"


@dataclass(frozen=True, eq=False)
class ExportTable:
    """What a panel shows, as data.

    Attributes:
        csv: as text with one header line.
        arrays: by name, for an npz file; none where the text has it all.
    """

    csv: str
    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)


class ExportRow(WidgetRow):
    """The buttons “Copy data”, “Copy picture” and “Save data…”."""

    def __init__(
        self,
        context: PanelContext,
        name: str,  # of the panel, for the proposed file name
        data: Callable[[], ExportTable],
        picture: QWidget,  # what is copied as a picture
    ) -> None:
        super().__init__()
        self._context = context
        self._name = name
        self.data = data
        self._picture = picture
        self._saving = LatestOperation(self)
        self.copy_data = QPushButton("Copy data")
        self.copy_data.setToolTip("Copy the data to the clipboard as CSV")
        self.copy_picture = QPushButton("Copy picture")
        self.copy_picture.setToolTip("Copy the picture above to the clipboard")
        self.save_data = QPushButton("Save data…")
        self.save_data.setToolTip("Save the data in a CSV or npz file")
        for button, run in (
            (self.copy_data, self._copy_data),
            (self.copy_picture, self._copy_picture),
            (self.save_data, self._ask_where),
        ):
            button.clicked.connect(run)
            self.add(button)
        self.add_stretch()

    def stop(self) -> None:
        """Wait until a file that is being written is whole."""
        self._saving.stop()

    def hideEvent(self, event: QHideEvent) -> None:
        """Leave no thread running when the window closes."""
        super().hideEvent(event)
        if not self.window().isVisible():
            self.stop()

    def _copy_data(self) -> None:
        QGuiApplication.clipboard().setText(self.data().csv)
        self._context.show_info("The data is on the clipboard as CSV")

    def _copy_picture(self) -> None:
        QGuiApplication.clipboard().setPixmap(self._picture.grab())
        self._context.show_info("The picture is on the clipboard")

    def _ask_where(self) -> None:
        table = self.data()  # as it is seen now
        scene = self._context.state.scene
        filters = f"{NPZ_FILES};;{CSV_FILES}" if table.arrays else CSV_FILES
        suffix = "npz" if table.arrays else "csv"
        proposal = f"{scene.name if scene else 'scene'}-{self._name}.{suffix}"
        self._context.ask_where_to_save(proposal, filters, lambda path: self.save(path, table))

    def save(self, path: Path, table: ExportTable) -> None:
        """Write a table in the background, and say so."""

        def write(_: Progress) -> None:
            write_table(path, table)

        self._saving.queue(
            lambda: run_in_background(
                write,
                f"Saving {path.name}",
                on_done=lambda _: self._context.show_info(f"Saved {path}"),
                on_failed=self._context.show_error,
            )
        )


def write_table(path: Path, table: ExportTable) -> None:
    """Write a table, whole or not at all: as npz by that suffix, else as CSV.

    Raises:
        UserError: the file cannot be written.
    """
    if path.suffix.lower() == ".npz" and table.arrays:
        packed = io.BytesIO()
        np.savez_compressed(packed, allow_pickle=False, **table.arrays)
        with atomic_file(path) as temporary:
            temporary.write_bytes(packed.getvalue())
    else:
        write_text(path, table.csv)
