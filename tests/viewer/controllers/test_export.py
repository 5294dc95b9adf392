"""Exports and conversions from the menu File: asked for, watched, cancelled."""

import json

import trimesh
from PySide6.QtWidgets import QFileDialog

from dvox_core.checkpoints.scene_file import read_scene, write_scene
from tests.helpers.scenes import random_scene


def exported(window):
    task = window.outputs.exports.exporting
    window.menus.trigger("export")
    return task, task.dialog


def test_points_are_exported_with_progress_and_the_dialog_offers_another(
    open_window, tmp_path, qtbot
):
    window = open_window
    task, dialog = exported(window)
    assert dialog.chosen.name == "points"
    assert dialog.target.name == "lego-points.ply"
    target = tmp_path / "ball.ply"
    dialog.file.setText(str(target))
    dialog.run.click()
    assert not dialog.file.isEnabled()
    assert dialog.progress.isVisibleTo(dialog)
    qtbot.waitUntil(lambda: not task.is_running)
    assert len(trimesh.load(target).vertices) > 500
    qtbot.waitUntil(lambda: dialog.file.isEnabled())
    assert dialog.run.text() == "Replace and export"
    assert "points" in window.notifications.messages[-1].text
    dialog.close_button.click()
    assert task.dialog is None


def test_what_is_chosen_decides_the_fields_and_the_request(open_window, tmp_path, qtbot):
    window = open_window
    task, dialog = exported(window)
    for name, rows in {
        "points": {"Views", "Least trust"},
        "mesh": {"Views", "Resolution"},
        "depth": {"Views"},
        "grid": set(),
        "cameras": {"Views"},
    }.items():
        index = next(
            i for i in range(dialog.product.count()) if dialog.product.itemData(i).name == name
        )
        dialog.product.setCurrentIndex(index)
        fields = {
            "Views": dialog.views,
            "Least trust": dialog.trust,
            "Resolution": dialog.resolution,
        }
        assert {title for title, field in fields.items() if field.isVisibleTo(dialog)} == rows
        assert getattr(dialog.request, name) == dialog.target
    dialog.views.setCurrentIndex(dialog.views.findData("present"))
    dialog.file.setText(str(tmp_path / "one.json"))
    dialog.run.click()
    qtbot.waitUntil(lambda: not task.is_running)
    frames = json.loads((tmp_path / "one.json").read_text())["frames"]
    assert len(frames) == 1
    dialog.file.setText("")
    assert not dialog.run.isEnabled()
    dialog.reject()


def test_a_running_export_may_be_hidden_shown_again_and_cancelled(open_window, tmp_path, qtbot):
    window = open_window
    task, dialog = exported(window)
    dialog.file.setText(str(tmp_path / "ball.ply"))
    gates = []
    make = window.session.create_renderer

    def held(*arguments):
        renderer = make(*arguments)
        renderer.gate.clear()
        gates.append(renderer.gate)
        return renderer

    window.session.create_renderer = held
    dialog.run.click()
    assert dialog.close_button.text() == "Hide"
    dialog.close_button.click()
    assert task.is_running
    assert not dialog.isVisible()
    window.menus.trigger("export")
    assert task.dialog is dialog
    assert dialog.isVisible()
    qtbot.waitUntil(lambda: bool(gates))
    dialog.progress.cancel.click()
    gates[0].set()
    qtbot.waitUntil(lambda: not task.is_running)
    assert [path for path in tmp_path.iterdir() if "ball" in path.name] == []
    qtbot.waitUntil(lambda: dialog.run.isEnabled())
    assert dialog.problem.text() == ""
    dialog.reject()


def test_a_scene_file_is_halved_and_a_bad_source_is_one_line(window, tmp_path, qtbot):
    source = tmp_path / "scene.dvox"
    write_scene(source, random_scene())
    window.menus.trigger("convert")
    task = window.outputs.exports.converting
    dialog = task.dialog
    assert not dialog.run.isEnabled()
    dialog.browse_source.click()
    files = window.findChild(QFileDialog)
    files.fileSelected.emit(str(source))
    files.close()
    dialog.format.setCurrentIndex(1)
    target = dialog.request.target
    assert target == tmp_path / "scene-half.dvox"
    dialog.run.click()
    qtbot.waitUntil(lambda: not task.is_running)
    assert read_scene(target).weights.are_half
    assert target.stat().st_size < 0.6 * source.stat().st_size
    dialog.file.setText(str(source))
    assert not dialog.run.isEnabled()
    broken = tmp_path / "broken.dvox"
    broken.write_text("no scene")
    dialog.source.setText(str(broken))
    dialog.run.click()
    qtbot.waitUntil(lambda: bool(dialog.problem.text()))
    assert "broken.dvox" in dialog.problem.text()
    dialog.reject()
