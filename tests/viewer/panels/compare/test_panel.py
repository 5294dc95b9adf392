"""The compare panel: nearest views, true pictures, and a second scene."""

import dataclasses
import threading

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from dvox_core.errors import UserError
from dvox_core.geometry.cameras import look_at
from dvox_core.inspection.grids import Grids
from dvox_core.rendering.scores import score_picture
from dvox_core.rendering.view_difference import ComparedQuantity
from tests.helpers.fakes import fake_frame, fake_scene
from tests.helpers.scene_captures import GREY, write_capture
from viewer.widgets.trust_meter import TrustMeter
from viewer.workers.comparison.comparison import ComparisonTarget, ViewSubset
from viewer.workers.comparison.ground_truth import KEPT, GroundTruth

# Nearest views


def test_the_meter_says_how_far_the_nearest_view_is_and_n_goes_there(open_window, panel, qtbot):
    state = open_window.state
    assert panel.meter.degrees == pytest.approx(0, abs=1e-6)
    state.set_camera(look_at((3.9, 0.4, 2.5), (0.1, -0.2, 0.3), (0, 0, 1)))
    qtbot.waitUntil(lambda: panel.meter.degrees > 1)
    nearest = min(view.camera.angle_to(state.camera) for view in state.scene.cameras)
    assert panel.meter.degrees == pytest.approx(nearest)
    open_window.menus.actions["nearest_view"].trigger()
    assert state.camera in [view.camera for view in state.scene.cameras]
    qtbot.waitUntil(lambda: panel.meter.degrees == 0)


def test_the_meter_is_green_near_a_view_and_red_far_from_all(themes, qtbot):
    meter = TrustMeter()
    qtbot.addWidget(meter)
    theme = themes.theme
    colors = []
    for degrees in (0.0, 8.0, 30.0, 90.0):
        meter.show_angle(degrees, theme)
        colors.append(meter.color)
    assert colors == [theme.green, theme.amber, theme.red, theme.red]


def test_only_views_of_the_chosen_split_count(open_window):
    comparison, scene = open_window.comparison, open_window.state.scene
    views = [
        dataclasses.replace(view, split="train" if index % 2 else "test")
        for index, view in enumerate(scene.cameras)
    ]
    object.__setattr__(scene, "cameras", tuple(views))
    for index, view in enumerate(views):
        comparison.set_among(ViewSubset.ALL)
        assert comparison.nearest_view(view.camera) is view
        comparison.set_among(ViewSubset.TRAINING)
        assert (comparison.nearest_view(view.camera) is view) == bool(index % 2)
        comparison.set_among(ViewSubset.HELD_OUT)
        assert (comparison.nearest_view(view.camera) is view) == (index % 2 == 0)


def test_without_views_the_panel_says_so(make_window, qtbot, tmp_path):
    window = make_window(lambda path, intrinsics, progress: fake_scene("bare", views=0))
    with qtbot.waitSignal(window.viewport.picture_shown):
        window.files.open(tmp_path / "bare.dvox")
    window.docks.show_panel("compare")
    panel = window.docks.panels["compare"]
    qtbot.waitUntil(panel._none.isVisible)
    assert not panel.meter.isVisible()
    assert not window.menus.actions["nearest_view"].isEnabled()


# True pictures


def test_the_capture_beside_the_scene_is_found_and_compared(open_window, panel, capture, qtbot):
    comparison = open_window.comparison
    assert comparison.truth.folder is None  # nobody has asked yet, so nothing was read
    panel.against.choose(ComparisonTarget.PHOTO)
    qtbot.waitUntil(lambda: comparison.other() is not None)
    other = comparison.other()
    assert (other.is_here, other.name) == (True, "View 000000")
    assert (other.picture == GREY).all()
    qtbot.waitUntil(lambda: "PSNR" in panel.verdict.text())
    ours = open_window.state.frame.picture[5:-5, 5:-5].astype(float)
    wanted = 10 * np.log10(255**2 / np.mean((ours - GREY) ** 2))
    ssim = score_picture(open_window.state.frame.picture, other.picture).ssim
    assert panel.verdict.text() == f"PSNR {wanted:.2f} dB, SSIM {ssim:.3f}"
    assert panel.difference.isVisible()


def test_lpips_stands_beside_the_other_scores_once_it_is_switched_on(
    open_window, panel, capture, qtbot, monkeypatch
):
    def missing():
        raise UserError("LPIPS needs AlexNet's weights; run: pip install them")

    monkeypatch.setattr("viewer.panels.compare.sides._lpips", missing)
    assert not panel.lpips.isVisible()
    panel.against.choose(ComparisonTarget.PHOTO)
    qtbot.waitUntil(lambda: "SSIM" in panel.verdict.text() and panel.lpips.isVisible())
    panel.lpips.click()
    qtbot.waitUntil(lambda: bool(open_window.notifications.messages))
    assert "AlexNet's weights" in open_window.notifications.messages[0].text
    assert not panel.lpips.isChecked()  # and the other scores stay
    assert "SSIM" in panel.verdict.text()
    threads = []

    def distance(picture, truth):
        threads.append(threading.current_thread().name)
        return 0.25

    monkeypatch.setattr("viewer.panels.compare.sides._lpips", lambda: distance)
    panel.lpips.click()
    qtbot.waitUntil(lambda: panel.verdict.text().endswith(", LPIPS 0.250"))
    assert threads == ["Comparing"]
    assert "lpips_alex,0.25000" in panel.export_row.data().csv


def test_from_another_place_there_is_no_difference(open_window, panel, capture, qtbot):
    panel.against.choose(ComparisonTarget.PHOTO)
    qtbot.waitUntil(lambda: "PSNR" in panel.verdict.text())
    open_window.state.set_camera(look_at((3.9, 0.4, 2.5), (0.1, -0.2, 0.3), (0, 0, 1)))
    qtbot.waitUntil(lambda: "go to this view" in panel.verdict.text())
    assert not panel.difference.isVisible()
    qtbot.mouseClick(panel.go, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "PSNR" in panel.verdict.text())


def test_without_a_capture_the_panel_asks_for_it(open_window, panel, qtbot, monkeypatch):
    asked = []
    monkeypatch.setattr(
        "viewer.controllers.comparison.ask_for_folder", lambda *args: asked.append(args)
    )
    panel.against.choose(ComparisonTarget.PHOTO)
    qtbot.waitUntil(panel.no_capture.isVisible)
    qtbot.mouseClick(panel.no_capture.button, Qt.MouseButton.LeftButton)
    assert len(asked) == 1


def test_a_chosen_capture_is_remembered_and_one_of_other_poses_is_asked_about(
    open_window, panel, capture, qtbot, tmp_path, recent_files
):
    truth = open_window.comparison.truth
    elsewhere = capture.rename(tmp_path / "elsewhere")
    panel.against.choose(ComparisonTarget.PHOTO)
    qtbot.waitUntil(panel.no_capture.isVisible)
    wrong = write_capture(tmp_path / "wrong", fake_scene(center=(5, 5, 5)))
    truth.choose(wrong)
    controller = open_window.comparison_controller
    qtbot.waitUntil(lambda: controller.attach_dialog is not None)
    controller.attach_dialog.cancel.click()
    assert truth.folder is None
    assert recent_files.capture_for(open_window.state.scene.path) is None
    truth.choose(elsewhere)
    qtbot.waitUntil(lambda: truth.folder == elsewhere)
    assert recent_files.capture_for(open_window.state.scene.path) == elsewhere
    again = GroundTruth(recent_files)
    again.set_scene(open_window.state.scene)
    qtbot.waitUntil(lambda: again.folder == elsewhere)
    again.stop()


def test_a_capture_of_other_poses_is_attached_and_serves_as_the_scenes_own(
    open_window, panel, qtbot, tmp_path, recent_files
):
    controller, state = open_window.comparison_controller, open_window.state
    path = state.scene.path
    lifted = write_capture(tmp_path / "lifted", fake_scene(views=3, center=(0.1, -0.2, 0.5)))
    panel.against.choose(ComparisonTarget.PHOTO)
    qtbot.waitUntil(panel.no_capture.isVisible)
    open_window.comparison.truth.choose(lifted)
    qtbot.waitUntil(lambda: controller.attach_dialog is not None)
    controller.attach_dialog.attach.click()
    qtbot.waitUntil(lambda: open_window.comparison.truth.folder == lifted)
    assert len(state.scene.cameras) == 3
    open_window.menus.actions["nearest_view"].trigger()
    assert state.camera in [view.camera for view in state.scene.cameras]
    assert recent_files.capture_for(path) == lifted
    with qtbot.waitSignal(open_window.session.opened):  # from then on without a question
        open_window.files.open(path)
    qtbot.waitUntil(lambda: len(state.scene.cameras) == 3)
    assert controller.attach_dialog is None


def test_the_meter_says_what_the_nearest_view_is_only_where_its_split_is_known(
    open_window, panel, qtbot
):
    assert panel.meter.nearest == "a test view"
    scene = open_window.state.scene
    for split, text in (("train", "seen in training"), ("", "a view of the capture")):
        cameras = tuple(dataclasses.replace(view, split=split) for view in scene.cameras)
        open_window.state.refresh_scene(dataclasses.replace(scene, cameras=cameras))
        panel.refresh()
        assert panel.meter.nearest == text


def test_pictures_are_kept_but_not_all_of_them(recent_files, qtbot, tmp_path):
    scene = fake_scene(views=KEPT + 2, path=tmp_path / "a.dvox")
    truth = GroundTruth(recent_files)
    write_capture(tmp_path / "a_capture", scene)
    (tmp_path / "a_capture" / "train" / "shown").mkdir()
    padded = scene.cameras[1].name
    side = scene.config.image_size
    half = Image.new("L", (side, side))
    half.paste(255, (0, 0, side // 2, side))
    half.save(tmp_path / "a_capture" / "train" / "shown" / f"{padded}.png")
    truth.set_scene(scene)
    qtbot.waitUntil(lambda: len(truth.views) == KEPT + 2)
    for view in truth.views:
        assert truth.picture(view) is None
        qtbot.waitUntil(lambda view=view: truth.picture(view) is not None)
        shown = truth.picture(view).shown
        assert (shown is None) == (view.name != padded)
        assert shown is None or (shown[:, : side // 2].all() and not shown[:, side // 2 :].any())
    assert len(truth._pictures) == KEPT
    truth.stop()


# A second scene


def test_a_second_scene_is_rendered_from_the_same_camera(
    open_window, panel, second, qtbot, tmp_path
):
    comparison = open_window.comparison
    open_window.comparison_controller.open_second(tmp_path / "other.dvox")
    qtbot.waitUntil(lambda: comparison.other() is not None and comparison.other().is_here)
    assert comparison.other().name == "other"
    qtbot.waitUntil(lambda: panel.verdict.text() == "The same picture")
    open_window.views.step(2)
    qtbot.waitUntil(lambda: comparison.second.frame.camera == open_window.state.camera)
    panel.quantity.choose(ComparedQuantity.HIGHEST)
    qtbot.waitUntil(lambda: panel.verdict.text().startswith("Mean difference 0 "))


def test_closing_it_gives_its_memory_back(open_window, panel, second, qtbot, tmp_path):
    open_window.comparison_controller.open_second(tmp_path / "other.dvox")
    qtbot.waitUntil(panel.close_second.isVisible)
    qtbot.waitUntil(lambda: open_window.comparison.second.scene is not None)
    qtbot.mouseClick(panel.close_second, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: second.newest.closed)
    assert open_window.comparison.other() is None
    qtbot.waitUntil(panel.no_second.isVisible)


def test_a_second_scene_that_cannot_be_opened_costs_one_line(
    open_window, panel, second, qtbot, tmp_path
):
    open_window.comparison_controller.open_second(tmp_path / "other.dvox")
    qtbot.waitUntil(lambda: open_window.comparison.second.scene is not None)
    open_window.comparison_controller.open_second(tmp_path / "broken.dvox")
    qtbot.waitUntil(lambda: bool(open_window.notifications.messages))
    assert "broken.dvox: not a checkpoint" in open_window.notifications.messages[-1].text
    assert open_window.comparison.second.scene.name == "other"


def test_a_hidden_panel_has_nothing_rendered(open_window, panel, second, qtbot, tmp_path):
    open_window.comparison_controller.open_second(tmp_path / "other.dvox")
    qtbot.waitUntil(lambda: open_window.comparison.other() is not None)
    open_window.docks.show_panel("scene")
    qtbot.waitUntil(lambda: not panel.live)
    rendered, count = len(second.newest.rendered), panel.refresh_count
    for _ in range(3):
        with qtbot.waitSignal(open_window.state.frame_changed):
            open_window.views.step(1)
    qtbot.wait(80)
    assert (len(second.newest.rendered), panel.refresh_count) == (rendered, count)


def test_closing_the_window_ends_the_second_thread(open_window, second, qtbot, tmp_path):
    open_window.comparison_controller.open_second(tmp_path / "other.dvox")
    qtbot.waitUntil(lambda: open_window.comparison.second.scene is not None)
    names = [thread.name for thread in threading.enumerate()]
    assert names.count("rendering") == 2
    open_window.close()
    assert "rendering" not in [thread.name for thread in threading.enumerate()]
    assert second.newest.closed


# What is copied


def test_the_data_is_both_sides_and_their_score(open_window, panel, capture, qtbot):
    panel.against.choose(ComparisonTarget.PHOTO)
    qtbot.waitUntil(lambda: "PSNR" in panel.verdict.text())
    qtbot.mouseClick(panel.export_row.copy_data, Qt.MouseButton.LeftButton)
    assert "psnr_db," in QGuiApplication.clipboard().text()
    arrays = panel.export_row.data().arrays
    assert arrays["first_picture"].shape == arrays["second_picture"].shape
    frame = fake_frame(open_window.state.scene, open_window.state.camera)
    assert (arrays["first_picture"] == frame.picture).all()


def test_the_grids_of_both_scenes_are_compared(
    open_window, panel, second, qtbot, tmp_path, monkeypatch
):
    def grids(scene):
        strength = 2.0 if scene.name == "other" else 1.0
        return Grids(None, np.full((3, 4, 4, 4), strength, np.float32))

    monkeypatch.setattr("dvox_core.inspection.grids.load_grids", grids)
    open_window.comparison_controller.open_second(tmp_path / "other.dvox")
    qtbot.waitUntil(lambda: open_window.comparison.other() is not None)
    panel.quantity.choose(ComparedQuantity.GRID)
    wanted = f"Mean difference {np.sqrt(3):.3g} norm"
    qtbot.waitUntil(lambda: panel.verdict.text() == wanted)
