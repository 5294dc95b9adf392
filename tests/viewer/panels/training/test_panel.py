"""The training panel: a finished run watched in a real window."""

from pathlib import Path

from PySide6.QtCore import Qt

from viewer.controllers.dropped_files import recognise_drop
from viewer.dialogs.paths import MakePathDialog


def panel_of(window):
    return window.docks.panels["training"]


def state_is(window, *states):
    return lambda: window.training_link.state.status.state in states


def values(table):
    return {fact.label: fact.value for fact in table.facts}


def test_without_a_run_there_is_no_training_tab(open_window):
    dock = panel_of(open_window).parentWidget()
    assert dock.isHidden()
    assert not dock.toggleViewAction().isEnabled()
    assert not open_window.menus.actions["pause_training"].isEnabled()
    assert open_window.menus.actions["open_run"].isEnabled()


def test_an_opened_run_is_there_with_its_scene_figures_curves_pictures_and_log(watching):
    panel = panel_of(watching)
    assert panel.isVisible()
    assert watching.state.scene.path.name == "scene.dvox"
    assert panel.run.state_label.text() == "Finished"
    assert panel.run.bar.value() == panel.run.bar.maximum()
    assert values(panel.run.table)["Step"] == "30 of 30"
    losses = panel.plots.losses
    assert [line.name for line in losses.plot.lines] == ["generator", "l1"]
    assert losses.plot.markers[-1] == 30
    assert losses.plot.step_range == (0, 30)
    assert "dB" in panel.plots.scores.plots["psnr"].entries["psnr"]
    assert "finished (steps)" in panel.log.text.toPlainText()
    assert panel.next.isVisible()
    assert "PSNR" in panel.next.text.text()


def test_the_run_is_watched_beside_the_welcome_page_before_it_has_a_scene(
    window, finished, qtbot, tmp_path
):
    for name in ("config.json", "log.jsonl"):
        (tmp_path / name).write_bytes((finished / name).read_bytes())
    window.training.attach(tmp_path)
    panel = panel_of(window)
    qtbot.waitUntil(panel.isVisible)
    assert window.stack.currentWidget() is window.welcome
    assert window.docks.panels["scene"].isHidden() or not window.docks.panels["scene"].isVisible()
    window.training.close_run()
    qtbot.waitUntil(lambda: not panel.isVisible())


def test_opening_or_dropping_a_run_s_folder_watches_it(window, finished, qtbot):
    window.files.open(finished)
    qtbot.waitUntil(panel_of(window).isVisible)
    assert window.training_link.state.path == finished
    window.training.close_run()
    window.files.open_dropped(recognise_drop([finished]))
    assert window.training_link.state.path == finished


def test_closing_the_run_leaves_the_scene(watching):
    scene = watching.state.scene
    watching.menus.actions["close_run"].trigger()
    assert watching.state.scene is scene
    assert panel_of(watching).parentWidget().isHidden()
    assert not watching.menus.actions["close_run"].isEnabled()


def test_a_hidden_panel_asks_for_nothing(watching, qtbot, monkeypatch):
    asked = []
    link = watching.training_link
    for name in ("request_curves", "request_picture", "request_volumes"):
        monkeypatch.setattr(link, name, lambda what, name=name: asked.append((name, what)))
    watching.docks.show_panel("scene")
    qtbot.waitUntil(lambda: ("request_curves", None) in asked)
    asked.clear()
    link.state.set_steps((1, 30), (1, 30))
    assert asked == []
    watching.docks.show_panel("training")
    qtbot.waitUntil(lambda: len(asked) >= 3)


def test_training_longer_asks_for_another_end(watching, starter, qtbot, finished, monkeypatch):
    began = []
    monkeypatch.setattr(watching.training_link, "start", lambda *asked: began.append(asked))
    dialog = watching.training.ask_how_much_longer()
    assert dialog.steps.value() == 60
    dialog.by_minutes.setChecked(True)
    dialog.minutes.setValue(5)
    qtbot.mouseClick(dialog.go_on, Qt.MouseButton.LeftButton)
    assert began == [
        (finished, {"steps": 60, "minutes": 5.0, "patience": 0, "device": "auto"}),
    ]


def test_an_end_must_be_chosen(watching):
    dialog = watching.training.ask_how_much_longer()
    for box in (dialog.by_steps, dialog.by_minutes, dialog.by_progress):
        box.setChecked(False)
    assert not dialog.go_on.isEnabled()
    dialog.reject()


def test_the_sample_run_is_watched_too(window, qtbot):
    run = Path(__file__).parents[4] / "assets" / "sample_run"
    window.training.attach(run)
    qtbot.waitUntil(lambda: panel_of(window).plots.losses.plot.lines != ())
    qtbot.waitUntil(state_is(window, "finished"))


def test_a_finished_run_offers_an_orbit_of_its_scene(watching, qtbot):
    button = panel_of(watching).next.buttons["path_orbit"]
    assert button.isVisible()
    button.click()
    dialog = watching.findChild(MakePathDialog)
    assert dialog is not None
    assert dialog.isVisible()
    dialog.reject()
