"""The training wizard as its user goes through it: from pictures to a scene that opens."""

import errno
import itertools
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from dvox_core.checkpoints.opening import open_scene
from dvox_core.data.source import Dropped
from dvox_core.training.run.process import start_training
from dvox_core.training.run.run_directory import RunDirectory
from tests.helpers.captures import cube_capture
from tests.helpers.windows import drop
from viewer.widgets.focus_order import ROW_PX
from viewer.wizard.dialog import TrainingWizard
from viewer.wizard.plan import Page
from viewer.workers.runs import run_follower


@pytest.fixture
def cube(tmp_path) -> Path:
    """A capture in the authors' layout that can be trained on as it lies there."""
    cube_capture(tmp_path / "cube", train=6, test=1)
    return tmp_path / "cube"


@pytest.fixture
def wizard(qtbot, themes, tmp_path):
    """A wizard whose captures and runs go into a folder of this test."""
    made = TrainingWizard(None, themes, tmp_path / "home")
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.stop()
    made.close()
    made.deleteLater()


def use(qtbot, wizard, path) -> None:
    wizard.use(path)
    qtbot.waitUntil(lambda: not wizard.state.is_reading)


def make_it_tiny(state, steps=4) -> None:
    plan = state.plan.with_preset("tiny")
    plan = plan.with_model(grid_size=8, features=4, base_channels=6)
    state.set_plan(plan.with_run(steps=steps, device="cpu", validation_views=1))


def go_to_the_end(qtbot, wizard) -> None:
    """By the Next button alone."""
    while wizard.page is not Page.SUMMARY:
        before = wizard.page
        qtbot.waitUntil(wizard.next_button.isEnabled)
        qtbot.mouseClick(wizard.next_button, Qt.MouseButton.LeftButton)
        assert wizard.page is not before
    qtbot.waitUntil(wizard.next_button.isEnabled)


@pytest.fixture
def processes(monkeypatch):
    """The training processes that were started; none outlives the test."""
    started = []

    def start(path):
        started.append(start_training(path))
        return started[-1]

    monkeypatch.setattr(run_follower, "start_training", start)
    yield started
    for process in started:
        process.kill()
        process.wait()


def test_from_the_first_page_to_a_scene_that_opens(
    qtbot, make_window, settings, cube, tmp_path, processes
):
    settings.training_folder = tmp_path / "home"
    window = make_window(open_scene=open_scene)
    qtbot.mouseClick(window.welcome.train_card, Qt.MouseButton.LeftButton)
    wizard = window.wizard_launcher.wizard
    qtbot.waitExposed(wizard)
    assert wizard.page is Page.SOURCE
    assert not wizard.next_button.isEnabled()
    use(qtbot, wizard, cube)
    make_it_tiny(wizard.state)
    go_to_the_end(qtbot, wizard)
    with qtbot.waitSignal(window.session.opened):
        qtbot.mouseClick(wizard.next_button, Qt.MouseButton.LeftButton)
    run = RunDirectory(tmp_path / "home" / "runs" / "cube")
    assert window.state.scene.path == run.scene_path
    assert window.state.scene.config.grid_size == 8
    qtbot.waitUntil(lambda: run.read_status().state == "finished")
    qtbot.waitUntil(lambda: processes[0].poll() is not None)
    assert window.wizard_launcher.wizard is None


def test_a_folder_dropped_on_the_window_opens_the_wizard(qtbot, window, cube):
    assert drop(window, cube)
    wizard = window.wizard_launcher.wizard
    qtbot.waitUntil(lambda: wizard.state.plan.found_source is not None)
    assert wizard.state.plan.found_source.given == cube


def test_going_back_is_possible_whatever_is_wrong(qtbot, wizard, cube):
    use(qtbot, wizard, cube)
    wait_for_look(qtbot, wizard)
    wizard.go_to(Page.SCHEDULE)
    assert wizard.page is Page.SCHEDULE
    nowhere = wizard.state.plan.with_options(center=(90.0, 0.0, 0.0), scale=0.1)
    wizard.state.set_plan(nowhere)
    assert not wizard.state.is_complete(Page.CAMERAS)
    qtbot.mouseClick(wizard.back_button, Qt.MouseButton.LeftButton)
    assert wizard.page is Page.QUALITY
    wizard.go_to(Page.SUMMARY)
    assert wizard.page is Page.QUALITY
    qtbot.mouseClick(wizard.list.rows[Page.CAMERAS], Qt.MouseButton.LeftButton)
    assert wizard.page is Page.CAMERAS


def test_a_folder_chosen_in_the_dialog_is_read(qtbot, wizard, cube):
    dialog = wizard.page_widget(Page.SOURCE).ask_for_folder()
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    dialog.setDirectory(str(cube.parent))
    dialog.selectFile(str(cube))
    dialog.accept()
    qtbot.waitUntil(lambda: wizard.state.plan.found_source is not None)
    assert wizard.state.plan.found_source.given == cube


def test_of_two_sources_chosen_in_a_row_the_second_counts(qtbot, wizard, cube, tmp_path):
    wizard.use(tmp_path / "nowhere")
    wizard.use(cube)
    qtbot.waitUntil(lambda: wizard.state.plan.found_source is not None)
    qtbot.waitUntil(lambda: not wizard.state.is_reading)
    assert wizard.state.given == cube
    assert wizard.page_widget(Page.SOURCE).problem.text == ""


def test_finding_cameras_shows_how_far_it_is_and_can_be_cancelled(
    qtbot, wizard, tmp_path, monkeypatch
):
    (tmp_path / "photos").mkdir()
    Image.new("RGB", (8, 8)).save(tmp_path / "photos" / "a.jpg")

    def find(path, folder, progress):
        for _ in range(10_000):
            progress(300, 1000, "matching features, 3 of 10")
            time.sleep(0.01)

    monkeypatch.setattr("dvox_core.data.structure_from_motion.find_cameras", find)
    monkeypatch.setattr("viewer.wizard.dialog.ASK_AFTER_S", 0.0)
    page = wizard.page_widget(Page.SOURCE)
    wizard.use(tmp_path / "photos")
    words = "Matching features, 3 of 10…"
    qtbot.waitUntil(lambda: page.progress_text.text().startswith(words))
    assert page.progress.isVisible()
    assert page.bar.value() == 300
    qtbot.keyClick(wizard, Qt.Key.Key_Escape)  # minutes of work are not thrown away unasked
    assert wizard.isVisible()
    keep = next(b for b in wizard.question.buttons() if b.text() == "Keep reading")
    qtbot.mouseClick(keep, Qt.MouseButton.LeftButton)
    assert wizard.question is None
    assert wizard.state.is_reading
    qtbot.mouseClick(page.stop_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not page.progress.isVisible())
    assert page.problem.text == ""
    assert wizard.state.plan.found_source is None
    assert not wizard.state._unfinished  # its folder is taken away


def test_closing_the_window_ends_structure_from_motion(qtbot, make_window, tmp_path):
    pytest.importorskip("pycolmap", reason="the optional extra photos is not installed")
    (tmp_path / "photos").mkdir()
    noise = np.random.default_rng(0).integers(0, 256, (480, 640, 3), dtype=np.uint8)
    for index in range(6):
        Image.fromarray(np.roll(noise, index, axis=1)).save(tmp_path / "photos" / f"{index}.png")
    window = make_window()
    wizard = window.wizard_launcher.show(tmp_path / "photos")
    told = []
    wizard.state.reading_progressed.connect(lambda fraction, text: told.append(text))
    qtbot.waitUntil(lambda: any("features" in text for text in told))
    window.close()  # the fixture of all tests finds what is left running
    assert window.wizard_launcher.wizard is None


def test_what_was_chosen_is_still_there_after_closing(qtbot, window, cube):
    wizard = window.wizard_launcher.show(cube)
    qtbot.waitUntil(lambda: wizard.state.plan.found_source is not None)
    qtbot.keyClick(wizard, Qt.Key.Key_Escape)
    assert not wizard.isVisible()
    assert window.wizard_launcher.show() is wizard
    assert wizard.state.plan.found_source.given == cube


def test_the_commands_of_the_summary_can_be_copied(qtbot, wizard, cube, tmp_path):
    use(qtbot, wizard, cube)
    go_to_the_end(qtbot, wizard)
    page = wizard.page_widget(Page.SUMMARY)
    qtbot.mouseClick(page.copy_button, Qt.MouseButton.LeftButton)
    text = QGuiApplication.clipboard().text()
    run = tmp_path / "home" / "runs" / "cube"
    assert text == f"python main.py train {cube.resolve()} --out {run} --preset small"


def test_a_name_that_is_taken_gets_a_number(qtbot, wizard, cube, tmp_path):
    (tmp_path / "home" / "runs" / "cube").mkdir(parents=True)
    use(qtbot, wizard, cube)
    go_to_the_end(qtbot, wizard)
    assert wizard.state.plan.name == "cube-2"
    assert wizard.page_widget(Page.SUMMARY).name.text() == "cube-2"


def test_a_source_that_is_none_says_what_could_be_given(qtbot, wizard, tmp_path):
    (tmp_path / "letters").mkdir()
    use(qtbot, wizard, tmp_path / "letters")
    problem = wizard.page_widget(Page.SOURCE).problem.text
    assert "letters: is no capture that can be read; give" in problem
    assert not wizard.next_button.isEnabled()


def test_a_broken_source_leaves_the_former_one_to_go_on_with(qtbot, wizard, cube, tmp_path):
    use(qtbot, wizard, cube)
    cube_capture(tmp_path / "broken", train=4, test=1)
    (tmp_path / "broken" / "train" / "rgb" / "000002.png").write_bytes(b"")
    use(qtbot, wizard, tmp_path / "broken")
    problem = wizard.page_widget(Page.SOURCE).problem.text
    assert "000002.png: has zero bytes; copy the picture again" in problem
    page = wizard.page_widget(Page.SOURCE)
    assert not wizard.next_button.isEnabled()
    assert not page.title.isVisible()  # of the former, of which the error does not speak
    qtbot.mouseClick(page.former_button, Qt.MouseButton.LeftButton)
    assert wizard.state.plan.found_source.given == cube
    assert wizard.next_button.isEnabled()
    assert page.title.isVisible()
    assert not page.problem.isVisible()


def test_esc_leaves_the_look_through_a_camera_and_not_the_wizard(qtbot, wizard, cube):
    use(qtbot, wizard, cube)
    wait_for_look(qtbot, wizard)
    wizard.go_to(Page.CAMERAS)
    page = wizard.page_widget(Page.CAMERAS)
    qtbot.mouseClick(page.through_button, Qt.MouseButton.LeftButton)  # which takes the focus
    assert page.view.looks_through
    qtbot.keyClick(page.through_button, Qt.Key.Key_Escape)
    assert not page.view.looks_through
    assert wizard.isVisible()


def test_enter_goes_on_from_the_chosen_quality_and_presses_the_button_in_focus(qtbot, wizard, cube):
    page = wizard.page_widget(Page.SOURCE)
    wizard.activateWindow()
    page.sample_button.clicked.disconnect()
    page.sample_button.clicked.connect(lambda: wizard.use(cube))
    page.sample_button.show()
    page.sample_button.setFocus()
    qtbot.keyClick(page.sample_button, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: wizard.state.plan.found_source is not None)
    wait_for_look(qtbot, wizard)
    wizard.go_to(Page.QUALITY)
    cards = wizard.page_widget(Page.QUALITY).cards
    qtbot.keyClick(cards["tiny"], Qt.Key.Key_Return)
    assert wizard.page is Page.QUALITY
    assert wizard.state.plan.preset == "tiny"
    qtbot.waitUntil(wizard.next_button.isEnabled)
    qtbot.keyClick(cards["tiny"], Qt.Key.Key_Return)
    assert wizard.page is Page.SCHEDULE


def test_every_page_is_gone_through_top_to_bottom_by_tab_and_left_by_enter(qtbot, wizard, cube):
    use(qtbot, wizard, cube)
    wait_for_look(qtbot, wizard)
    wizard.activateWindow()
    while True:
        qtbot.waitUntil(wizard.next_button.isEnabled)
        page = wizard.page_widget(wizard.page)
        wizard.cancel_button.setFocus()
        passed = []
        while not passed or wizard.focusWidget() is not wizard.cancel_button:
            qtbot.keyClick(wizard.focusWidget(), Qt.Key.Key_Tab)
            passed.append(wizard.focusWidget())
            assert passed[-1].isVisible(), wizard.page
            assert len(passed) < 200, wizard.page
        assert wizard.next_button in passed
        places = [w.mapTo(page, QPoint()).y() for w in passed if page.isAncestorOf(w)]
        assert places, wizard.page
        assert all(b > a - ROW_PX for a, b in itertools.pairwise(places)), wizard.page
        if wizard.page is Page.SUMMARY:
            return
        before = wizard.page
        wizard.next_button.setFocus()
        qtbot.keyClick(wizard.next_button, Qt.Key.Key_Return)
        assert wizard.page > before


def test_a_warning_about_lost_pictures_stops_next_until_it_is_accepted(qtbot, wizard, cube):
    use(qtbot, wizard, cube)
    found = wizard.state.plan.found_source
    dropped = tuple(
        Dropped(f"{number}.jpg", cube / "train" / "rgb" / "000000.png", "it is blurred")
        for number in range(3)
    )
    source = replace(found.source, warning="3 of 8 could not be matched", dropped=dropped)
    wizard.state._on_source_found(replace(found, source=source), cube.parent / "nothing")
    wizard.state.source_changed.emit()
    page = wizard.page_widget(Page.SOURCE)
    assert page.warning.text == "3 of 8 could not be matched"
    assert not wizard.next_button.isEnabled()
    qtbot.waitUntil(lambda: page.thumbnails.count == 10)
    assert wizard.state.thumbnails[0].left_out == "0.jpg is left out: it is blurred"
    assert page.shown_line.text() == "3 pictures left out: rest the mouse on one"
    qtbot.mouseClick(page.accept_button, Qt.MouseButton.LeftButton)
    assert wizard.next_button.isEnabled()


def test_pictures_pulled_away_cost_one_line_and_leave_nothing(qtbot, wizard, cube, tmp_path):
    use(qtbot, wizard, cube)
    wizard.state.set_plan(wizard.state.plan.with_options(size=64))
    go_to_the_end(qtbot, wizard)
    assert wizard.state.plan.needs_import
    (cube / "train" / "rgb" / "000003.png").unlink()
    qtbot.mouseClick(wizard.next_button, Qt.MouseButton.LeftButton)
    page = wizard.page_widget(Page.SUMMARY)
    qtbot.waitUntil(lambda: bool(page.problem.text))
    assert "000003.png: not found; put the picture there" in page.problem.text
    assert list((tmp_path / "home").rglob("*.png")) == []
    assert not (tmp_path / "home" / "runs" / "cube").exists()


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="there is no /proc to refuse a folder")
def test_a_folder_that_cannot_be_written_is_refused_before_the_start(qtbot, wizard, cube):
    assert_refused(qtbot, wizard, cube, Path("/proc/home"), "/proc: cannot be used")


def test_a_file_in_place_of_the_folder_is_refused_before_the_start(qtbot, wizard, cube, tmp_path):
    (tmp_path / "file").write_text("x")
    assert_refused(qtbot, wizard, cube, tmp_path / "file", "is a file; choose a folder")


def test_a_full_disk_is_refused_before_the_start(qtbot, wizard, cube, tmp_path, monkeypatch):
    usage = type("Usage", (), {"free": 1_000_000})
    monkeypatch.setattr("viewer.wizard.run_preparation.shutil.disk_usage", lambda path: usage)
    assert_refused(qtbot, wizard, cube, tmp_path / "home", "1.0 MB are free and about")


def test_a_disk_that_fills_up_in_the_midst_costs_one_line_and_leaves_nothing(
    qtbot, wizard, cube, tmp_path, monkeypatch
):
    use(qtbot, wizard, cube)
    wizard.state.set_plan(wizard.state.plan.with_options(size=64))
    go_to_the_end(qtbot, wizard)

    def full(*arguments) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("dvox_core.data.importing.rectify", full)
    qtbot.mouseClick(wizard.next_button, Qt.MouseButton.LeftButton)
    page = wizard.page_widget(Page.SUMMARY)
    qtbot.waitUntil(lambda: bool(page.problem.text))
    assert "captures/cube: could not be written (No space left on device)" in page.problem.text
    assert "free some space or choose another place" in page.problem.text
    assert list((tmp_path / "home" / "captures").iterdir()) == []
    assert not (tmp_path / "home" / "runs").exists()
    assert wizard.next_button.isEnabled()  # to try again


def assert_refused(qtbot, wizard, cube, folder, text) -> None:
    use(qtbot, wizard, cube)
    wizard.state.set_plan(replace(wizard.state.plan, folder=folder))
    wait_for_look(qtbot, wizard)
    wizard.go_to(Page.SUMMARY)
    page = wizard.page_widget(Page.SUMMARY)
    qtbot.waitUntil(lambda: bool(page.problem.text))
    assert text in page.problem.text
    assert "\n" not in page.problem.text
    assert not wizard.next_button.isEnabled()


def wait_for_look(qtbot, wizard) -> None:
    qtbot.waitUntil(lambda: wizard.state.is_current)


def test_cancelling_in_the_midst_of_the_import_leaves_nothing(qtbot, wizard, cube, tmp_path):
    use(qtbot, wizard, cube)
    wizard.state.set_plan(wizard.state.plan.with_options(size=64))
    go_to_the_end(qtbot, wizard)
    qtbot.mouseClick(wizard.next_button, Qt.MouseButton.LeftButton)
    wizard.state.cancel_start()
    qtbot.waitUntil(lambda: not wizard.state.is_starting)
    assert wizard.isVisible()
    assert not (tmp_path / "home" / "runs" / "cube").exists()
    assert list((tmp_path / "home").rglob("*.png")) == []


def test_pictures_are_read_beside_the_window(qtbot, wizard, cube):
    wizard.use(cube)
    assert wizard.state.is_reading
    qtbot.waitUntil(lambda: not wizard.state.is_reading)


def test_the_wizard_comes_without_torch():
    code = "import sys, viewer.wizard.dialog; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_pages_can_be_walked_by_keyboard(qtbot, wizard, cube):
    use(qtbot, wizard, cube)
    wait_for_look(qtbot, wizard)
    wizard.activateWindow()
    qtbot.waitUntil(wizard.isActiveWindow)
    modifier = Qt.KeyboardModifier.AltModifier
    seen = [wizard.page]
    while wizard.page is not Page.SUMMARY:
        # The first page with OpenGL gives the window another surface, which must become active.
        wizard.activateWindow()
        qtbot.waitUntil(wizard.isActiveWindow)
        qtbot.waitUntil(wizard.next_button.isEnabled)
        qtbot.keyClick(wizard.windowHandle(), Qt.Key.Key_Right, modifier)
        assert wizard.page > seen[-1]
        seen.append(wizard.page)
    while wizard.page is not Page.SOURCE:
        qtbot.keyClick(wizard.windowHandle(), Qt.Key.Key_Left, modifier)
        assert wizard.page < seen[-1]
        seen.append(wizard.page)


def test_a_tile_is_named_where_the_mouse_is(qtbot, wizard, cube):
    use(qtbot, wizard, cube)
    qtbot.waitUntil(lambda: bool(wizard.state.thumbnails))
    tiles = wizard.page_widget(Page.SOURCE).thumbnails
    assert tiles.count == 7
    assert tiles._at(QPoint(20, 20)).index == 0
