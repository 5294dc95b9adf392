"""Edits of voxels: live, undone, kept in files, and what they change in the picture."""

import json

import numpy as np
import torch

from dvox_core.rendering.fused.convolutions import Target
from dvox_core.rendering.interventions import NO_INTERVENTIONS, Action, Box, Inpainting
from dvox_core.rendering.torch_renderer import TorchRenderer
from tests.helpers.voxel_panel import SCENES, SIDE, drag
from viewer.panels.voxels.region_marker import Tool


def test_an_edit_is_live_can_be_undone_and_shows_in_the_slices(open_panel, qtbot):
    window, panel = open_panel()
    assert not panel.editing.buttons[Action.ZERO].isEnabled()
    panel.marker.set_box(Box((0, 0, 0), (6, SIDE, SIDE)))
    qtbot.waitUntil(panel.editing.buttons[Action.ZERO].isEnabled)
    panel.editing.buttons[Action.ZERO].click()
    assert [edit.action for edit in window.edits.interventions.edits] == [Action.ZERO]
    qtbot.waitUntil(lambda: bool(window.state.frame.interventions.edits))
    qtbot.waitUntil(lambda: (panel.found.answer.volume.values[:, :, :6] == 0).all())
    panel.editing.undo.click()
    assert window.edits.interventions == NO_INTERVENTIONS
    panel.editing.redo.click()
    assert len(window.edits.interventions.edits) == 1
    panel.editing.inpainting.choose(Inpainting.AGAIN)
    assert window.edits.interventions.inpainting is Inpainting.AGAIN
    panel.editing.clear.click()
    assert window.edits.interventions.edits == ()


def test_marking_edits_at_once_if_asked_to_and_a_drag_is_one_edit(open_panel, qtbot):
    window, panel = open_panel()
    z = panel.grid.quad.slices[0]
    qtbot.waitUntil(lambda: z._look is not None)
    panel.editing.live.setChecked(True)
    panel.marking.choose_tool(Tool.BRUSH)
    panel.marking.radius.choose(1.0)
    drag(z, (3, 5, 6), (5, 5, 6))
    drag(z, (9, 9, 6), (9, 9, 6))
    first, second = window.edits.interventions.edits
    assert first.action is second.action is Action.ZERO
    assert len(first.region.numbers) == 13  # two balls that share a voxel
    qtbot.waitUntil(lambda: window.state.frame.interventions == window.edits.interventions)
    window.edits.undo_stack.undo()
    assert window.edits.interventions.edits == (first,)


def test_undo_and_redo_are_in_the_menu(open_panel, qtbot):
    window, panel = open_panel()
    panel.marker.set_box(Box((0, 0, 0), (2, 2, 2)))
    qtbot.waitUntil(panel.editing.buttons[Action.NOISE].isEnabled)
    panel.editing.buttons[Action.NOISE].click()
    window.menus.actions["undo"].trigger()
    assert window.edits.interventions == NO_INTERVENTIONS
    window.menus.actions["redo"].trigger()
    assert len(window.edits.interventions.edits) == 1


def test_edits_are_kept_beside_the_scene_and_come_back(open_panel, qtbot, tmp_path):
    window, panel = open_panel()
    panel.marker.set_box(Box((0, 0, 0), (2, 3, 4)))
    qtbot.waitUntil(panel.editing.buttons[Action.FREEZE].isEnabled)
    panel.editing.buttons[Action.FREEZE].click()
    made = window.edits.interventions
    path = tmp_path / "robot.edits.json"
    panel.files.save(path)
    qtbot.waitUntil(path.exists)
    panel.files.stop()
    assert json.loads(path.read_text())["scene"] == "robot"
    window.edits.set_all(NO_INTERVENTIONS, "Clear")
    panel.files.load(path)
    qtbot.waitUntil(lambda: window.edits.interventions == made)
    path.write_text("{")
    panel.files.load(path)
    qtbot.waitUntil(lambda: any("is not JSON" in text for text in notices(window)))
    assert window.edits.interventions == made


def notices(window):
    from PySide6.QtWidgets import QLabel

    return [label.text() for label in window.notifications.findChildren(QLabel)] + [
        label.text() for label in window.stack.findChildren(QLabel)
    ]


def test_the_change_of_the_picture_is_that_to_the_unedited_view(
    open_panel, qtbot, renderers, monkeypatch
):
    made = []

    def real(scene, device="cpu", precision="float32"):
        made.append(TorchRenderer(scene, Target(torch.device("cpu"), torch.float32)))
        return made[-1]

    monkeypatch.setattr(type(renderers), "__call__", lambda self, *a, **k: real(*a))
    window, panel = open_panel()
    panel.marker.set_box(Box((0, 0, 0), (SIDE, SIDE, SIDE)))
    qtbot.waitUntil(panel.editing.buttons[Action.ZERO].isEnabled)
    panel.editing.buttons[Action.ZERO].click()
    qtbot.waitUntil(lambda: panel.change.map.values is not None)
    assert panel.change.map.values.max() > 0.01
    # From another camera the unedited view is not known yet: it is asked for.
    camera = SCENES["robot.dvox"].cameras[2].camera
    window.state.set_camera(camera)
    qtbot.waitUntil(
        lambda: panel.change._unedited is not None and panel.change._unedited.camera == camera,
    )
    plain = TorchRenderer(SCENES["robot.dvox"], Target(torch.device("cpu"), torch.float32))
    before = plain.render(camera).picture[5:-5, 5:-5].astype(int)
    qtbot.waitUntil(lambda: window.state.frame.camera == camera)
    after = window.state.frame.picture[5:-5, 5:-5].astype(int)
    expected = np.abs(after - before).mean(axis=2) / 255
    qtbot.waitUntil(lambda: np.allclose(panel.change.map.values, expected, atol=0.01))
