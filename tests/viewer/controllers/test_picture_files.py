"""Pictures saved at any size, with their legend, border, opacity, and parts of the window."""

from xml.etree import ElementTree

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QFileDialog, QMenu

from dvox_core.inspection.picture_text import read_picture_view
from tests.helpers.windows import press
from viewer.dialogs.save_picture import SavePictureDialog
from viewer.plots.chart import Chart
from viewer.state.viewer_state import DisplayMode

SVG = "{http://www.w3.org/2000/svg}"


def save(window, qtbot, target, change=lambda dialog: None):
    """Ask as the key does, change the dialog's fields, and wait for the file."""
    dialog = window.outputs.pictures.ask()
    change(dialog)
    dialog.save.click()
    files = window.findChild(QFileDialog)
    files.fileSelected.emit(str(target))
    files.close()
    files.deleteLater()
    qtbot.waitUntil(lambda: target.exists())
    qtbot.waitUntil(lambda: not window.outputs.pictures.is_busy)
    return QImage(str(target))


def test_by_itself_the_picture_is_saved_as_it_is_with_its_pose(open_window, tmp_path, qtbot):
    window = open_window
    window.viewport.setFocus()
    press(qtbot, window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    dialog = window.findChild(SavePictureDialog)
    assert "128 × 128" in dialog.text.text()
    dialog.reject()
    saved = save(window, qtbot, tmp_path / "shot.png")
    expected = window.viewport.grab_picture()
    assert saved.convertToFormat(expected.format()) == expected
    view = read_picture_view(tmp_path / "shot.png")
    np.testing.assert_allclose(view.camera.position, window.state.frame.camera.position)
    assert (view.scene_name, view.mode, view.edits) == ("lego", "rgb", None)
    assert "--pose" in saved.text("dvox-command")


def test_a_picture_is_saved_at_any_size_with_border_or_clear_background(
    open_window, tmp_path, qtbot
):
    window = open_window
    side = window.state.scene.config.image_size

    def twice(dialog):
        dialog.size_choice.setCurrentIndex(1)
        assert dialog.side.value() == 2 * (side - 10)
        dialog.border.setChecked(True)
        assert dialog.side.value() == 2 * side

    assert save(window, qtbot, tmp_path / "twice.png", twice).width() == 2 * side

    def exactly(dialog):
        dialog.size_choice.setCurrentIndex(dialog.size_choice.findData(0))
        dialog.side.setValue(333)
        dialog.transparent.setChecked(True)

    clear = save(window, qtbot, tmp_path / "clear.png", exactly)
    assert (clear.width(), clear.height()) == (333, 333)
    assert clear.pixelColor(2, 2).alpha() == 0
    assert clear.pixelColor(166, 166).alpha() == 255


def test_a_mode_with_colors_is_saved_with_its_legend_or_without(open_window, tmp_path, qtbot):
    window = open_window
    window.state.set_display_mode(DisplayMode.DEPTH)

    def without(dialog):
        assert not dialog.border.isEnabled()  # RGB alone has one
        dialog.legend.setChecked(False)
        dialog.size_choice.setCurrentIndex(2)

    def with_legend(dialog):
        dialog.size_choice.setCurrentIndex(2)

    bare = save(window, qtbot, tmp_path / "bare.png", without)
    burnt = save(window, qtbot, tmp_path / "burnt.png", with_legend)
    assert bare.size() == burnt.size()
    width, height = bare.width(), bare.height()
    changed = [
        (x, y)
        for x in range(0, width, 2)
        for y in range(0, height, 2)
        if bare.pixel(x, y) != burnt.pixel(x, y)
    ]
    assert len(changed) > 300
    assert min(x for x, _ in changed) > 0.3 * width  # at the lower right
    assert min(y for _, y in changed) > 0.6 * height


def test_a_panel_is_saved_whole_at_twice_its_pixels(open_window, tmp_path, qtbot):
    window = open_window
    window.docks.show_panel("scene")
    panel = window.docks.panels["scene"]
    qtbot.waitUntil(panel.isVisible)

    def of_panel(dialog):
        dialog.what.setCurrentIndex(dialog.what.findData("Scene"))
        dialog.size_choice.setCurrentIndex(1)
        assert not dialog.border.isEnabled()

    saved = save(window, qtbot, tmp_path / "panel.png", of_panel)
    content = panel.widget().size()
    assert (saved.width(), saved.height()) == (2 * content.width(), 2 * content.height())
    assert len({saved.pixel(x, 40) for x in range(0, saved.width(), 3)}) > 3  # there is text


def test_a_panel_is_saved_as_a_drawing_by_the_menu_of_its_tab(open_window, tmp_path, qtbot):
    window = open_window
    window.docks.show_panel("ray")
    panel = window.docks.panels["ray"]
    qtbot.waitUntil(lambda: panel.isVisible() and bool(panel.findChildren(Chart)))
    qtbot.waitUntil(lambda: all(chart.ready() for chart in panel.findChildren(Chart)))
    bar = next(bar for bar in window.docks._tab_bars() if "Ray" in titles_of(bar))
    place = bar.tabRect(titles_of(bar).index("Ray")).center()
    bar.customContextMenuRequested.emit(place)
    menu = bar.findChild(QMenu)
    next(action for action in menu.actions() if "as a picture" in action.text()).trigger()
    menu.close()
    dialog = window.findChild(SavePictureDialog)
    assert dialog.what.currentText() == "Ray"
    dialog.kind.setCurrentIndex(1)
    assert not dialog.size_choice.isEnabled()
    content = panel.widget().size()
    dialog.save.click()
    files = window.findChild(QFileDialog)
    target = tmp_path / "ray.svg"
    files.fileSelected.emit(str(target))
    files.close()
    qtbot.waitUntil(lambda: target.exists() and not window.outputs.pictures.is_busy)
    drawn = ElementTree.parse(target)
    texts = {"".join(each.itertext()).strip() for each in drawn.iter(f"{SVG}text")}
    assert "Planes" in " ".join(texts) or "Depth" in " ".join(texts)
    assert len(list(drawn.iter(f"{SVG}path"))) > 3
    shown = QSvgRenderer(str(target))
    assert shown.isValid()
    assert (shown.viewBox().width(), shown.viewBox().height()) == content.toTuple()
    image = QImage(content, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    shown.render(painter)
    painter.end()
    assert len({image.pixel(x, 40) for x in range(0, image.width(), 3)}) > 1


def titles_of(bar):
    return [bar.tabText(index) for index in range(bar.count())]


def test_a_picture_that_cannot_be_saved_is_one_error_line(open_window, tmp_path, qtbot):
    blocked = tmp_path / "file"
    blocked.write_text("a file, not a folder")
    dialog = open_window.outputs.pictures.ask()
    dialog.save.click()
    files = open_window.findChild(QFileDialog)
    files.fileSelected.emit(str(blocked / "shot.png"))
    files.close()
    messages = open_window.notifications
    qtbot.waitUntil(lambda: bool(messages.messages) and messages.messages[-1].is_error)
