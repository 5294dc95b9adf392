"""Takes plots and 3D views out of the window: to the clipboard, or into a file, by their menus."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QIODevice, QPoint, QStandardPaths, Qt
from PySide6.QtGui import QGuiApplication, QPainter, QPixmap
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QFileDialog, QMenu, QMessageBox, QWidget

from dvox_core.atomic_files import atomic_file, write_text
from dvox_core.errors import UserError

if TYPE_CHECKING:
    from viewer.plots.chart import Chart

PNG_SCALE = 2
"""Pixels of a saved picture for each of the window's, so that it can be printed."""

CSV_DIGITS = 20
"""After the point: pyqtgraph writes no exponents, and losses may be small."""

FILTERS = {"png": "PNG pictures (*.png)", "svg": "SVG drawings (*.svg)", "csv": "Tables (*.csv)"}

Entry = tuple[str, Callable[[], object]]
"""Of a menu: its words, and what it does."""


def picture_entries(shown: QWidget, save: Callable[[Path], None]) -> list[Entry]:
    """The entries that take a picture of what a widget shows."""
    return [
        ("Copy picture", lambda: QGuiApplication.clipboard().setPixmap(shown.grab())),
        ("Save picture as PNG…", lambda: ask_and_save(shown, "png", save)),
    ]


def make_menu(owner: QWidget, *groups: Sequence[Entry]) -> QMenu:
    """A menu of groups of entries."""
    menu = QMenu(owner)
    for group in groups:
        if not menu.isEmpty():
            menu.addSeparator()
        for words, run in group:
            menu.addAction(words, run)
    return menu


def pop_up(menu: QMenu, at: QPoint) -> None:
    """Show a menu at a point of the screen, once."""
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    menu.popup(at)


def ask_and_save(shown: QWidget, kind: str, save: Callable[[Path], None]) -> QFileDialog:
    """Ask where to save what is shown as "png", "svg" or "csv", and have it saved there."""
    folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
    dialog = QFileDialog(shown.window(), "Save the plot", folder, FILTERS[kind])
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(kind)
    name = "-".join("".join(c if c.isalnum() else " " for c in shown.accessibleName()).split())
    dialog.selectFile(f"{name.lower()}.{kind}")

    def write(chosen: str) -> None:
        try:
            save(Path(chosen))
        except UserError as error:
            QMessageBox(
                QMessageBox.Icon.Warning, "Not saved", str(error), parent=shown.window()
            ).open()

    dialog.fileSelected.connect(write)
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
    if kind == "png":
        with _symbols_drawn(chart):
            save_picture(chart, path)
        return
    table = chart.values_csv() if kind == "csv" else None
    if table is not None:
        write_text(path, table)
        return
    with atomic_file(path) as temporary:
        if kind == "svg":
            temporary.write_text(chart_drawing(chart), encoding="utf-8")
            return
        from pyqtgraph.exporters import CSVExporter

        exporter = CSVExporter(chart.plot)
        exporter.parameters()["precision"] = CSV_DIGITS
        exporter.export(str(temporary))


def save_picture(shown: QWidget, path: Path) -> None:
    """Write what a widget shows, with `PNG_SCALE` pixels for each of its own, whole or not at all.

    Raises:
        UserError: the file has another suffix than .png, or cannot be written.
    """
    if path.suffix.lower() != ".png":
        raise UserError(f"{path}: a picture is saved as .png; give it such a name")
    picture = QPixmap(shown.size() * PNG_SCALE)
    picture.setDevicePixelRatio(PNG_SCALE)
    picture.fill(shown.palette().window().color())
    shown.render(picture)
    with atomic_file(path) as temporary:
        if not picture.save(str(temporary), "PNG"):
            raise UserError(f"{path}: the picture cannot be written; choose another folder")


def chart_drawing(chart: Chart) -> str:
    """A chart as SVG: axes, curves and signs.

    By Qt: the SVG exporter of pyqtgraph 0.14 fails on paths that Qt closes (its issue 3485).
    """
    with _symbols_drawn(chart):
        return _drawing(chart, chart.accessibleName(), chart.view.render)


def widget_drawing(widget: QWidget, title: str) -> str:
    """All of a widget as SVG: text and curves are drawn, pictures lie in it as they are."""
    from viewer.plots.chart import Chart  # which knows this module

    ground = widget.palette().window()
    with ExitStack() as charts:
        for chart in widget.findChildren(Chart):
            if chart.ready():
                charts.enter_context(_symbols_drawn(chart))

        def render(painter: QPainter) -> None:
            painter.fillRect(widget.rect(), ground)
            widget.render(painter, QPoint())

        return _drawing(widget, title, render)


def _drawing(shown: QWidget, title: str, render: Callable[[QPainter], object]) -> str:
    content = QBuffer()
    content.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(content)
    generator.setSize(shown.size())
    generator.setViewBox(shown.rect())
    generator.setTitle(title)
    # Axes are drawn from recordings, which another resolution would shrink beside the curves.
    generator.setResolution(shown.logicalDpiX())
    with QPainter(generator) as painter:
        render(painter)
    return bytes(content.data().data()).decode("utf-8")


@contextmanager
def _symbols_drawn(chart: Chart) -> Iterator[None]:
    """Signs of points are drawn meanwhile, and not copied from pictures in the window's pixels."""
    from pyqtgraph.exporters.Exporter import Exporter

    exporter = Exporter(chart.plot)
    exporter.setExportMode(True, {"antialias": True})
    try:
        yield
    finally:
        exporter.setExportMode(False)
