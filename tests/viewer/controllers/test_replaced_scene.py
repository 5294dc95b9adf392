"""A newer file where the open scene lies is told, once, and read when asked for."""

from dataclasses import replace

from dvox_core.checkpoints.scene_file import write_scene
from dvox_core.rendering.interventions import Action, Box, GridEdit
from tests.helpers.scenes import SMALL, random_scene
from viewer.workers.rendering.scene_opener import read_scene


def test_a_newer_file_is_told_once_and_read_when_asked_for(make_window, qtbot, tmp_path):
    path = tmp_path / "scene.dvox"
    write_scene(path, random_scene())
    window = make_window(read_scene)
    watch, told = window.replaced_scene, []
    window.notifications.show_info = lambda *words: told.append(words)
    watch._timer.stop()  # the test looks itself
    window.files.open(path)
    qtbot.waitUntil(lambda: window.state.scene is not None)
    looked = []
    watch._look.answered.connect(looked.append)

    def look() -> None:
        before = len(looked)
        watch.check()
        qtbot.waitUntil(lambda: len(looked) > before)

    look()
    look()
    assert told == []
    write_scene(path, random_scene(seed=1))
    look()
    assert told == []  # one that is being followed is read anew by now
    look()
    assert "another file lies there" in told[0][0]
    watch.check()
    assert len(told) == 1
    opened = window.state.scene
    told[0][2]()  # the message's button
    qtbot.waitUntil(lambda: window.state.scene is not opened)
    look()
    look()
    assert len(told) == 1


def test_edits_are_asked_about_before_a_newer_file_of_another_size_is_read(
    make_window, qtbot, tmp_path
):
    path = tmp_path / "scene.dvox"
    write_scene(path, random_scene())
    window = make_window(read_scene)
    watch, offered = window.replaced_scene, []
    window.notifications.show_info = lambda *words: offered.append(words)
    watch._timer.stop()
    window.files.open(path)
    qtbot.waitUntil(lambda: window.state.scene is not None)
    opened = window.state.scene
    window.edits.add(GridEdit(Box((0, 0, 0), (1, 1, 1)), Action.ZERO))

    def found_replaced() -> None:
        for _ in range(2):
            watch._on_looked((window.state.scene, True))

    write_scene(path, random_scene(seed=1))
    found_replaced()
    offered[-1][2]()
    qtbot.waitUntil(lambda: window.state.scene is not opened)
    assert window.files.loss_check.dialog is None  # of the same size: its edits stay
    assert len(window.edits.interventions.edits) == 1
    again = window.state.scene
    write_scene(path, random_scene(replace(SMALL, features=2 * SMALL.features)))
    found_replaced()
    offered[-1][2]()
    qtbot.waitUntil(lambda: window.files.loss_check.dialog is not None)
    assert window.state.scene is again
    window.files.loss_check.dialog.drop.click()
    qtbot.waitUntil(lambda: window.state.scene is not again)
    assert not window.edits.interventions.edits
