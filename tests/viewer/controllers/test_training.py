"""A run in training: shown, steered, closed, resumed, offered again."""

import os

import numpy as np
from PIL import Image
from PySide6.QtCore import Qt

from dvox_core.training.run.status import Status
from tests.helpers.fakes import fake_scene
from tests.helpers.runs import prepared_run


def panel_of(window):
    return window.docks.panels["training"]


def state_is(window, *states):
    return lambda: window.training_link.state.status.state in states


def test_a_run_grows_before_one_s_eyes_and_obeys(make_window, starter, qtbot, tmp_path):
    window = make_window(lambda path, intrinsics, progress: fake_scene(path=path))
    directory = prepared_run(tmp_path / "lego")
    window.training_link.state.set_live(1)
    refreshed = []
    window.session.refreshed.connect(refreshed.append)
    with qtbot.waitSignal(window.viewport.picture_shown):
        window.training.start(directory.path)
    panel = panel_of(window)
    qtbot.waitUntil(state_is(window, "training"))
    sign = window.training_indicator
    assert sign.isVisible()
    assert sign.button.text().startswith("lego: training, step")
    window.docks.show_panel("scene")
    qtbot.mouseClick(sign.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not panel.visibleRegion().isEmpty())
    camera = window.state.scene.cameras[3].camera
    window.state.set_camera(camera)
    qtbot.waitUntil(lambda: len(refreshed) >= 1)
    assert window.state.camera == camera
    assert (directory.path / "control" / ".viewer-busy").exists()  # training gives way to the hand
    buttons = panel.run.buttons
    qtbot.mouseClick(buttons["pause_training"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(state_is(window, "paused"))
    assert buttons["pause_training"].text() == "Go on"
    assert window.menus.actions["pause_training"].isChecked()
    dialog = window.training.ask_for_learning_rate()
    dialog.rate.setValue(dialog.rate.value() / 2)
    dialog._choose()
    qtbot.mouseClick(buttons["pause_training"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(state_is(window, "training"))
    qtbot.waitUntil(lambda: window.training_link.state.status.learning_rate_factor == 0.5)
    qtbot.mouseClick(buttons["stop_training"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(state_is(window, "stopped"))
    qtbot.waitUntil(buttons["resume_training"].isVisible)
    qtbot.waitUntil(
        lambda: any("saved and stopped" in m.text for m in window.notifications.messages),
    )


def test_a_killed_training_is_one_clear_line_and_goes_on_by_resume(
    make_window, starter, qtbot, tmp_path
):
    window = make_window(lambda path, intrinsics, progress: fake_scene(path=path))
    directory = prepared_run(tmp_path / "lego")
    window.training.start(directory.path)
    qtbot.waitUntil(state_is(window, "training"))
    qtbot.waitUntil(lambda: window.training_link.state.status.snapshot_step is not None)
    starter.started[0].kill()
    qtbot.waitUntil(state_is(window, "interrupted"))
    panel = panel_of(window)
    assert "without a word" in panel.run.trouble.text()

    def errors():
        return [message for message in window.notifications.messages if message.is_error]

    qtbot.waitUntil(lambda: len(errors()) == 1)
    assert "Resume goes on from step" in errors()[0].text
    qtbot.mouseClick(panel.run.buttons["resume_training"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(state_is(window, "training"))
    assert not panel.run.trouble.isVisible()


def test_closing_asks_and_keeps_the_training_which_the_next_window_offers(
    make_window, starter, qtbot, tmp_path
):
    window = make_window(lambda path, intrinsics, progress: fake_scene(path=path))
    directory = prepared_run(tmp_path / "lego")
    window.training.start(directory.path)
    qtbot.waitUntil(state_is(window, "training"))
    window.close()
    assert window.isVisible()
    dialog = window.closing_questions[-1].dialog
    qtbot.mouseClick(dialog.cancel, Qt.MouseButton.LeftButton)
    assert window.isVisible()
    window.close()
    qtbot.mouseClick(window.closing_questions[-1].dialog.keep, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not window.isVisible())
    assert starter.started[0].poll() is None

    second = make_window(lambda path, intrinsics, progress: fake_scene(path=path))
    cards = second.run_cards.cards
    qtbot.waitUntil(lambda: directory.path in cards)
    card = cards[directory.path]
    assert card.details.text().startswith("Training, step")
    assert not card.resume.isVisible()
    qtbot.mouseClick(card.watch, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(state_is(second, "training"))
    second.close()
    qtbot.mouseClick(second.closing_questions[-1].dialog.stop, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not second.isVisible())
    assert directory.read_status().state == "stopped"


def test_a_window_that_shows_a_scene_says_once_what_trains_in_the_background(
    make_window, starter, qtbot, tmp_path, recent_files, scene_file
):
    directory = prepared_run(tmp_path / "lego")
    recent_files.add_run(directory.path, started_here=True)
    starter(directory.path)
    qtbot.waitUntil(lambda: directory.read_status().state == "training")
    window = make_window()
    window.files.open(scene_file)

    def said():
        return [m for m in window.notifications.messages if "in the background" in m.text]

    qtbot.waitUntil(lambda: bool(said()))
    said()[0].acted.emit()
    qtbot.waitUntil(state_is(window, "training"))


def test_a_run_that_nobody_watches_is_announced_when_it_ends_and_has_its_picture_on_its_card(
    window, qtbot, tmp_path, recent_files
):
    directory = prepared_run(tmp_path / "lego")
    directory.previews.mkdir(exist_ok=True)
    both = np.zeros((10, 20, 3), dtype=np.uint8)
    both[:, 10:] = 200
    Image.fromarray(both).save(directory.previews / "step_00000005.png")
    recent_files.add_run(directory.path, started_here=True)
    with directory.lock():
        directory.write_status(Status(state="training", step=7, pid=os.getpid()))
        window.known_runs.look()
        qtbot.waitUntil(lambda: directory.path in window.run_cards.cards)
    card = window.run_cards.cards[directory.path]
    assert card.picture.pixmap().toImage().pixelColor(2, 2).red() == 200
    directory.write_status(Status(state="finished", step=9))
    window.known_runs.look()
    qtbot.waitUntil(
        lambda: any(
            "lego: training is finished, step 9" in message.text
            for message in window.notifications.messages
        )
    )


def test_a_run_of_somebody_else_is_closed_without_a_question(window, starter, qtbot, tmp_path):
    directory = prepared_run(tmp_path / "lego")
    starter(directory.path)
    window.training.attach(directory.path)
    qtbot.waitUntil(state_is(window, "training"))
    window.close()
    assert not window.isVisible()
    assert starter.started[0].poll() is None


def test_an_interrupted_run_is_offered_and_resumed_from_the_welcome_page(
    make_window, starter, qtbot, tmp_path, recent_files
):
    directory = prepared_run(tmp_path / "lego")
    directory.write_status(Status(state="training", step=7, snapshot_step=5))
    recent_files.add_run(directory.path, started_here=True)
    recent_files.add_run(tmp_path / "gone", started_here=True)
    window = make_window(lambda path, intrinsics, progress: fake_scene(path=path))
    cards = window.run_cards.cards
    qtbot.waitUntil(lambda: directory.path in cards)
    assert list(cards) == [directory.path]
    assert cards[directory.path].details.text() == "Interrupted, step 7"
    qtbot.mouseClick(cards[directory.path].resume, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(state_is(window, "training"))


def test_a_run_is_removed_from_the_list_and_not_from_the_disk(
    window, qtbot, tmp_path, recent_files
):
    directory = prepared_run(tmp_path / "lego")
    recent_files.add_run(directory.path, started_here=True)
    window.known_runs.look()
    cards = window.run_cards.cards
    qtbot.waitUntil(lambda: directory.path in cards)
    qtbot.mouseClick(cards[directory.path].remove, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not cards)
    assert recent_files.runs == []
    assert directory.exists
