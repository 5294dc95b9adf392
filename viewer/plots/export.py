"""Takes plots out of the window: to the clipboard, or as PNG, SVG or CSV into a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QStandardPaths, Qt
from PySide6.QtGui import QGuiApplication, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QFileDialog, QMessageBox

from dvox_core.atomic_files import atomic_file, write_text
from dvox_core.errors import UserError

if TYPE_CHECKING:
    from viewer.plots.chart import Chart

PNG_SCALE = 2
"""Pixels of a saved picture for each of the window's, so that it can be printed."""

CSV_DIGITS = 20
"""After the point: pyqtgraph writes no exponents, and losses may be small."""

FILTERS = {"png": "PNG pictures (*.png)", "svg": "SVG drawings (*.svg)", "csv": "Tables (*.csv)"}


def copy_picture(chart: Chart) -> None:
    """Put the plot on the clipboard as it is seen."""
    QGuiApplication.clipboard().setPixmap(chart.grab())


def ask_and_save(chart: Chart, kind: str) -> QFileDialog:
    """Ask where to save a plot as "png", "svg" or "csv", and write it there."""
    folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
    dialog = QFileDialog(chart.window(), "Save the plot", folder, FILTERS[kind])
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(kind)
    dialog.selectFile(f"{chart.accessibleName().lower().replace(' ', '-')}.{kind}")

    def save(name: str) -> None:
        try:
            save_plot(chart, Path(name))
        except UserError as error:
            QMessageBox(
                QMessageBox.Icon.Warning, "Not saved", str(error), parent=chart.window()
            ).open()

    dialog.fileSelected.connect(save)
    dialog.open()
    return dialog


def save_plot(chart: Chart, path: Path) -> None:
    """Write a plot, whole or not at all, as its suffix says: .png, .svg or .csv.

    Raises:
        UserError: the suffix is another one, or the file cannot be written.
    """
    kind = path.suffix.lower().lstrip(".")
    if kind not in FILTERS or not chart.ready():
        raise UserError(f"{path}: a plot is saved as .png, .svg or .csv; give it such a name")
    table = chart.values_csv() if kind == "csv" else None
    if table is not None:
        write_text(path, table)
        return
    with atomic_file(path) as temporary:
        if kind == "svg":
            _write_svg(chart, temporary)
            return
        from pyqtgraph.exporters import CSVExporter, ImageExporter

        exporter = (ImageExporter if kind == "png" else CSVExporter)(chart.plot)
        if kind == "png":
            exporter.parameters()["width"] = PNG_SCALE * exporter.params["width"]
        else:
            exporter.parameters()["precision"] = CSV_DIGITS
        exporter.export(str(temporary))


def _write_svg(chart: Chart, path: Path) -> None:
    """By Qt: the SVG exporter of pyqtgraph 0.14 fails on paths that Qt closes (its issue 3485)."""
    generator = QSvgGenerator()
    generator.setFileName(str(path))
    generator.setSize(chart.size())
    generator.setViewBox(chart.rect())
    generator.setTitle(chart.accessibleName())
    with QPainter(generator) as painter:
        chart.view.render(painter)
