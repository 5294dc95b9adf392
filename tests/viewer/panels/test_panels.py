"""The scene panel: what it says of scene and camera."""

import dataclasses

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QWheelEvent
from PySide6.QtWidgets import QApplication, QTabBar

from dvox_core.geometry.cameras import look_at
from dvox_core.model.scene import SceneCamera
from tests.helpers.fakes import fake_scene
from viewer.panels.panel import Panel
from viewer.panels.registry import PANELS, PanelEntry
from viewer.panels.scene.facts import camera_facts, file_facts, scene_facts, training_facts
from viewer.state.capture_views import nearest_view, stepped_view
from viewer.text.scenes import scene_title, view_counts
from viewer.text.units import file_size, number, triple
from viewer.widgets.fact_table import Fact, FactTable


def values(facts):
    return {fact.label: fact.value for fact in facts}


def test_scene_facts_are_right_and_have_units():
    facts = values(scene_facts(fake_scene()))
    assert facts["Picture"] == "128 × 128 px"
    assert facts["Grid"] == "16³ voxels × 8 features"
    assert facts["Grid side"] == "2.000 units"
    assert facts["Voxel"] == "0.125 units"
    # 32 planes from 2, each a voxel of 0.125 further: the last at 2 + 31 · 0.125.
    assert facts["Depth planes"] == "32, from 2.000 to 5.875 units"
    assert facts["Visibility"] == "Occlusion network"
    assert facts["Focal length"] == "256.0 px, 53.1°"


def test_depth_collapse_is_named():
    assert values(scene_facts(fake_scene(occlusion=False)))["Visibility"] == "Depth collapse"


def test_file_facts_say_when_the_file_is_gone(tmp_path):
    path = tmp_path / "a.dvox"
    path.write_bytes(b"x" * 2_500_000)
    scene = fake_scene(path=path)
    assert values(file_facts(scene))["On disk"] == "2.5 MB"
    path.unlink()
    assert values(file_facts(scene))["On disk"] == "the file is gone"


def test_the_nearest_view_has_its_angle_and_distance():
    scene = fake_scene(views=4)
    view = scene.cameras[2]
    turn = np.eye(4)
    angle = np.radians(3)
    turn[:3, :3] = [
        [np.cos(angle), 0, np.sin(angle)],
        [0, 1, 0],
        [-np.sin(angle), 0, np.cos(angle)],
    ]
    matrix = view.camera.camera_to_world @ turn
    matrix[0, 3] += 0.5
    camera = type(view.camera)(matrix)
    facts = values(camera_facts(scene, camera, scene.pivot))
    assert facts["Nearest view"] == "000002, test"
    assert facts["Turned from it"] == "3.0°"
    assert facts["Moved from it"] == "0.500 units"


def test_of_views_turned_alike_the_one_nearer_in_space_is_nearest():
    def view(name, distance):
        return SceneCamera(name, "train", look_at((distance, 0, 0), (0, 0, 0), (0, 0, 1)))

    camera = look_at((4.9, 0, 0), (0, 0, 0), (0, 0, 1))
    assert nearest_view(camera, [view("far", 9), view("near", 5)]).name == "near"
    assert nearest_view(camera, []) is None


def test_stepping_goes_around_and_starts_at_the_nearest_view():
    views = fake_scene(views=3).cameras
    assert stepped_view(views[2].camera, views, 1) is views[0]
    assert stepped_view(views[0].camera, views, -1) is views[2]
    beside = look_at(views[1].camera.position * 1.01, (0.1, -0.2, 0.3), (0, 0, 1))
    assert stepped_view(beside, views, 1) is views[1]
    assert stepped_view(beside, (), 1) is None


def test_views_are_counted_by_split():
    camera = fake_scene().start_camera
    views = [
        SceneCamera(str(i), split, camera)
        for i, split in enumerate(["train", "train", "test", "odd"])
    ]
    assert view_counts(views) == "2 training, 1 test, 1 others"
    assert view_counts(fake_scene(views=0).cameras) == "none in the file"
    assert view_counts([SceneCamera("0", "pose", camera)]) == "1"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0.000"), (-0.0, "0.000"), (1.23456, "1.235"), (-2.5, "−2.500"), (0.00012345, "0.000123")],
)
def test_numbers_have_no_more_digits_than_mean_something(value, text):
    assert number(value) == text


def test_coordinates_keep_their_width_when_a_sign_comes():
    assert len(triple((1, -2, 3))) == len(triple((1, 2, 3)))
    assert "-0.000" not in triple((0, -0.00001, 0)).replace("−", "-")


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (1, "1 byte"),
        (999, "999 bytes"),
        (1500, "1.5 kB"),
        (39_700_000, "39.7 MB"),
        (999_960_000, "1.0 GB"),
        (123_000_000, "123 MB"),
    ],
)
def test_file_sizes_are_as_file_managers_write_them(size, text):
    assert file_size(size) == text


def test_training_facts_are_written_plainly_and_with_units():
    training = {
        "step": 12400,
        "seconds": 2881.2,
        "psnr": 22.2749,
        "validation_psnr": 24.065,
        "loss": 0.017219,
        "resumed": True,
        "seeds": [1, 2],
    }
    scene = dataclasses.replace(fake_scene(), training=training)
    assert values(training_facts(scene)) == {
        "Step": "12 400",
        "Time": "48 min",
        "PSNR": "22.3 dB",
        "Validation PSNR": "24.1 dB",
        "Loss": "0.01722",
        "Resumed": "yes",
        "Seeds": "1, 2",
    }


def test_a_title_names_the_sizes():
    assert scene_title(fake_scene("lego")) == "lego — 128², grid 16³ × 8"


# The widgets


def test_a_dock_has_a_title_alone_and_a_tab_in_company(make_window, qtbot, tmp_path, monkeypatch):
    other = PanelEntry("other", "Other", "Another panel", Panel)
    monkeypatch.setattr("viewer.window.main_window.PANELS", (PANELS[0], other))
    window = make_window()
    with qtbot.waitSignal(window.viewport.picture_shown, timeout=5000):
        window.open_scene(tmp_path / "a.dvox")
    docks = [window.docks.panels[name].parentWidget() for name in ("scene", "other")]
    title = docks[0].titleBarWidget()
    qtbot.waitUntil(lambda: title.height() == 0, timeout=2000)
    (bar,) = [bar for bar in window.findChildren(QTabBar) if bar.isVisible()]
    assert [bar.tabText(i) for i in range(bar.count())] == ["Scene", "Other"]
    docks[1].close()
    qtbot.waitUntil(lambda: title.height() > 20, timeout=2000)
    docks[1].show()
    qtbot.waitUntil(lambda: title.height() == 0, timeout=2000)
    bar.tabBarDoubleClicked.emit(0)
    qtbot.waitUntil(lambda: docks[0].isFloating() and title.height() > 20, timeout=2000)


def test_the_panel_follows_the_camera(open_window, qtbot):
    panel = open_window.docks.panels["scene"]
    before = values(panel.camera_table.facts)
    assert before["Turned from it"] == "0.0°"
    camera = look_at((5, 5, 5), (0.1, -0.2, 0.3), (0, 0, 1))
    open_window.state.set_camera(camera)
    qtbot.waitUntil(
        lambda: values(panel.camera_table.facts)["Position"] == triple((5, 5, 5)), timeout=2000
    )
    assert panel.views.list.currentIndex() == -1


def test_the_panel_copies_and_pastes_poses(open_window, qtbot):
    panel = open_window.docks.panels["scene"]
    start = open_window.state.camera
    qtbot.mouseClick(panel.copy_button, Qt.MouseButton.LeftButton)
    assert "camera_to_world" in QGuiApplication.clipboard().text()
    open_window.step_view(2)
    qtbot.mouseClick(panel.paste_button, Qt.MouseButton.LeftButton)
    np.testing.assert_allclose(open_window.state.camera.position, start.position, atol=1e-9)


def test_the_stepper_steps_and_jumps_and_marks_where_one_is(open_window, qtbot):
    views = open_window.docks.panels["scene"].views
    cameras = open_window.state.scene.cameras
    qtbot.mouseClick(views.next, Qt.MouseButton.LeftButton)
    assert open_window.state.camera == cameras[1].camera
    qtbot.waitUntil(lambda: views.list.currentIndex() == 1, timeout=2000)
    views.list.activated.emit(5)
    assert open_window.state.camera == cameras[5].camera


def test_the_wheel_scrolls_the_panel_and_does_not_change_the_view(open_window):
    views = open_window.docks.panels["scene"].views
    camera = open_window.state.camera
    event = QWheelEvent(
        QPointF(5, 5),
        QPointF(views.list.mapToGlobal(QPoint(5, 5))),
        QPoint(0, -120),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(views.list, event)
    assert open_window.state.camera is camera


def test_a_scene_without_cameras_says_how_to_keep_them(make_window, qtbot, tmp_path):
    window = make_window(lambda path, intrinsics, progress: fake_scene("bare", views=0))
    with qtbot.waitSignal(window.viewport.picture_shown, timeout=5000):
        window.open_scene(tmp_path / "bare.dvox")
    panel = window.docks.panels["scene"]
    assert panel.views.empty.isVisible()
    assert "--poses" in panel.views.empty.text()
    assert not panel.views.list.isVisible()
    assert not window.menus.actions["next_view"].isEnabled()
    assert window.settings.recents == []  # made in memory: there is no file to open again


def test_a_table_keeps_its_rows_when_only_values_change(qtbot, qapp):
    table = FactTable()
    qtbot.addWidget(table)
    table.set_facts([Fact("a", "1"), Fact("b", "2")])
    rows = list(table._rows)
    table.set_facts([Fact("a", "3"), Fact("b", "4")])
    assert table._rows == rows
    assert [value.text() for _, value in table._rows] == ["3", "4"]
    table.set_facts([Fact("c", "5")])
    assert len(table._rows) == 1


@pytest.mark.parametrize("size", [(1024, 700), (1440, 900)])
def test_the_tabs_of_all_panels_stand_side_by_side(open_window, qtbot, size):
    open_window.resize(*size)
    open_window.docks.set_run_open(True)
    titles = [entry.title for entry in PANELS if not (entry.at_bottom or entry.below_others)]

    def bar():
        return next(bar for bar in open_window.findChildren(QTabBar) if bar.isVisible())

    qtbot.waitUntil(lambda: bar().count() == len(titles))
    assert sorted(bar().tabText(number) for number in range(bar().count())) == sorted(titles)
    taken = sum(bar().tabRect(number).width() for number in range(bar().count()))
    assert taken <= bar().width()


def test_panels_float_close_and_come_back_and_are_remembered(open_window, qtbot, make_window):
    docks = open_window.docks
    ray, weights = (docks.panels[name].parentWidget() for name in ("ray", "weights"))
    assert not docks.panels["ray"].live
    ray.setFloating(True)  # from behind another tab
    qtbot.waitUntil(lambda: docks.panels["ray"].live)  # floating, it is in view all the time
    weights.close()
    assert not docks.panels["weights"].live
    open_window.close()
    other = make_window()
    with qtbot.waitSignal(other.viewport.picture_shown, timeout=5000):
        other.open_scene(open_window.state.scene.path)
    ray, weights = (other.docks.panels[name].parentWidget() for name in ("ray", "weights"))
    assert ray.isFloating()
    assert ray.isVisible()
    qtbot.waitUntil(lambda: other.docks.panels["ray"].live)
    assert weights.isHidden()
    other.reset_layout()
    assert not ray.isFloating()
    assert not weights.isHidden()


def test_the_nearest_of_many_views_is_the_one_that_a_plain_search_finds():
    random = np.random.default_rng(0)

    def view(name):
        position = random.normal(size=3)
        return SceneCamera(name, "train", look_at(position, random.normal(size=3), (0, 0, 1)))

    views = tuple(view(str(number)) for number in range(200))
    for _ in range(20):
        camera = view("here").camera
        plain = min(
            views, key=lambda v: (round(camera.angle_to(v.camera), 6), camera.distance_to(v.camera))
        )
        assert nearest_view(camera, views) is plain
