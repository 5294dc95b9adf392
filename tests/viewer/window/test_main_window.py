"""The main window: opening and closing scenes, failures, and what it does not import."""

from itertools import combinations
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from dvox_core.rendering.interventions import NO_INTERVENTIONS, Action, Box, GridEdit, Uniform
from viewer.viewport.overlays.labels import BusyLabel


def test_an_opened_scene_is_shown_with_title_panels_and_facts(open_window):
    window = open_window
    assert window.stack.currentWidget() is window.viewport
    assert window.windowTitle() == "lego — 128², grid 16³ × 8 — dvox"
    assert window.title_label.text() == "lego — 128², grid 16³ × 8"
    assert window.docks.panels["scene"].isVisible()
    assert window.status.state_label.text() == "Ready"
    label = window.status.renderer_label
    assert label.text() == "CPU, float32"
    window.session.upgrading.emit(0.3, "Measuring openvino int8")
    assert label.text() == "CPU, float32 · preparing a faster renderer…"
    assert "openvino int8" in label.toolTip()
    window.session.upgrading_ended.emit()
    assert label.text() == "CPU, float32"
    assert not window.opening_card.isVisible()


def test_closing_the_scene_returns_to_the_welcome_page(open_window):
    open_window.files.close()
    assert open_window.stack.currentWidget() is open_window.welcome
    assert open_window.windowTitle() == "dvox"
    assert not open_window.docks.panels["scene"].isVisible()
    assert not open_window.menus.actions["close"].isEnabled()


def test_a_failed_frame_is_one_line_and_the_last_picture_stays(open_window, renderers, qtbot):
    frame = open_window.state.frame
    renderers.newest.failures.append(RuntimeError("broken"))
    with qtbot.waitSignal(open_window.session.render_failed):
        open_window.views.step(1)
    assert open_window.state.frame is frame
    assert "log" in open_window.notifications.messages[-1].text


def test_the_window_module_does_not_import_torch():
    import subprocess
    import sys

    code = "import sys, viewer.app.application; sys.exit('torch' in sys.modules)"
    root = Path(__file__).resolve().parents[3]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0


def test_a_changed_scene_carries_a_badge_and_is_as_trained_by_one_click(open_window, qtbot):
    badge = open_window.findChild(QWidget, "editedBadge")
    assert not badge.isVisible()
    open_window.edits.set_occlusion(Uniform())
    open_window.edits.add(GridEdit(Box((0, 0, 0), (1, 1, 1)), Action.ZERO))
    assert badge.isVisible()
    assert badge.label.text() == "Changed: 1 edit of the grid · depth weights: all planes alike"
    assert "(changed)" in open_window.windowTitle()
    qtbot.mouseClick(badge.button, Qt.MouseButton.LeftButton)
    assert open_window.edits.interventions == NO_INTERVENTIONS
    assert not badge.isVisible()
    assert "(changed)" not in open_window.windowTitle()
    open_window.menus.actions["undo"].trigger()
    assert badge.isVisible()
    open_window.menus.actions["as_trained"].trigger()
    assert not badge.isVisible()


def test_no_sign_over_the_picture_covers_another_at_any_width(open_window, qtbot):
    window, viewport = open_window, open_window.viewport
    window.edits.set_occlusion(Uniform())
    window.edits.add(GridEdit(Box((0, 0, 0), (1, 1, 1)), Action.ZERO))
    viewport.set_hud_visible(True)
    window.menus.actions["display_depth"].trigger()
    viewport.findChild(BusyLabel).set_busy(True)
    names = ("modeSwitch", "busySign", "orbitSphere", "editedBadge", "hud", "legend")
    signs = {name: viewport.findChild(QWidget, name) for name in names}
    qtbot.waitUntil(signs["legend"].isVisible)
    for height in (430, 800):
        for width in range(400, 1300, 20):
            viewport.resize(width, height)
            shown = {name: sign for name, sign in signs.items() if not sign.isHidden()}
            assert ("orbitSphere" in shown) == (width >= 450)
            for (name, sign), (other, under) in combinations(shown.items(), 2):
                assert not sign.geometry().intersects(under.geometry()), (width, name, other)
                assert viewport.rect().contains(sign.geometry()), (width, name)
    viewport.findChild(BusyLabel).set_busy(False)
