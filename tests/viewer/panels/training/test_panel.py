"""The training panel and menu: a run watched in a real window, shown, steered, closed."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from dvox_core.training.run.run_directory import RunDirectory
from dvox_core.training.run.status import Status
from tests.helpers.captures import cube_capture
from tests.helpers.fakes import fake_scene
from tests.helpers.runs import prepared_run, quick_run, write_long_log
from viewer.controllers.dropped_files import recognise_drop
from viewer.dialogs.paths import MakePathDialog
from viewer.panels.training.facts import run_facts
from viewer.panels.training.grid_views import brightest, cut
from viewer.text.runs import trouble
from viewer.text.units import duration, speed

PATIENCE = 30_000


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    return quick_run(folder / "lego", cube_capture(folder / "cube", train=4, test=1)).path


@pytest.fixture
def watching(window, finished, qtbot):
    """A window that watches a finished run and shows its scene."""
    with qtbot.waitSignal(window.viewport.picture_shown, timeout=PATIENCE):
        window.training.attach(finished)
    panel = panel_of(window)
    qtbot.waitUntil(lambda: panel.moments.pictures["Network"].image is not None, timeout=PATIENCE)
    return window


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
    assert "dB" in panel.plots.scores._labels["psnr"].text()
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
    qtbot.waitUntil(panel.isVisible, timeout=PATIENCE)
    assert window.stack.currentWidget() is window.welcome
    assert window.docks.panels["scene"].isHidden() or not window.docks.panels["scene"].isVisible()
    window.training.close_run()
    qtbot.waitUntil(lambda: not panel.isVisible(), timeout=PATIENCE)


def test_opening_or_dropping_a_run_s_folder_watches_it(window, finished, qtbot):
    window.open_scene(finished)
    qtbot.waitUntil(panel_of(window).isVisible, timeout=PATIENCE)
    assert window.training_link.state.path == finished
    window.training.close_run()
    window.files.take(recognise_drop([finished]))
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
    qtbot.waitUntil(lambda: ("request_curves", None) in asked, timeout=PATIENCE)
    asked.clear()
    link.state.take("picture_steps_changed", (1, 30))
    assert asked == []
    watching.docks.show_panel("training")
    qtbot.waitUntil(lambda: len(asked) >= 3, timeout=PATIENCE)


def test_the_legend_hides_curves_and_the_cursor_reads_all_plots(watching, qtbot):
    panel = panel_of(watching)
    losses, scores = panel.plots.losses, panel.plots.scores
    qtbot.mouseClick(losses.keys["generator"], Qt.MouseButton.LeftButton)
    assert [line.name for line in losses.plot.lines] == ["l1"]
    qtbot.mouseMove(losses.plot, QPoint(round(losses.plot.x_of(10)), 40))
    losses.plot.cursor_moved.emit(10.0)
    assert scores.plots["psnr"].cursor_step == 10.0
    assert "step 10" in losses._remark.text()
    losses.plot.cursor_moved.emit(None)
    assert scores.plots["psnr"].cursor_step is None


def test_zooming_one_plot_zooms_all(watching, qtbot):
    panel = panel_of(watching)
    panel.plots.scores.plots["psnr"].range_chosen.emit((5.0, 15.0))
    losses = panel.plots.losses.plot
    qtbot.waitUntil(lambda: losses.step_range == (5.0, 15.0), timeout=PATIENCE)
    assert max(line.raw.steps.max() for line in losses.lines) <= 16
    losses.range_chosen.emit(None)
    qtbot.waitUntil(lambda: losses.step_range == (0, 30), timeout=PATIENCE)


def test_more_smoothing_and_another_scale_are_seen_at_once(watching, qtbot):
    losses = panel_of(watching).plots.losses
    spread = np.ptp(losses.plot.lines[0].smooth.values)
    losses.smoothing.setValue(0)
    qtbot.waitUntil(lambda: np.ptp(losses.plot.lines[0].smooth.values) > spread, timeout=PATIENCE)
    low = losses.plot.value_range[0]
    qtbot.mouseClick(losses.log, Qt.MouseButton.LeftButton)
    assert losses.plot.value_range[0] != low


def test_the_scrubber_goes_through_the_moments_and_plays_them(watching, qtbot):
    moments = panel_of(watching).moments
    assert moments.scrubber.steps == (1, 30)
    assert moments.scrubber.step == 30
    link = watching.training_link
    with qtbot.waitSignals(
        [link.state.picture_changed, link.state.volumes_changed], timeout=PATIENCE
    ):
        moments.scrubber.slider.setValue(0)
    assert link.state.picture.step == link.state.volumes.step == 1
    assert moments.scrubber.label.text() == "step 1"
    link.state.take("picture_steps_changed", (1, 30, 40))
    assert moments.scrubber.step == 1  # one looks at it
    moments.scrubber.show_steps((1, 30))
    qtbot.mouseClick(moments.scrubber.play, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(
        lambda: moments.scrubber.step == 30 and not moments.scrubber.is_playing, timeout=PATIENCE
    )
    moments.scrubber.show_steps((1, 30, 40))
    assert moments.scrubber.step == 40  # the newest stays the newest


def test_cuts_through_the_grid_follow_clicks_and_keys(watching, qtbot):
    grid = panel_of(watching).moments.grid
    view = grid.views[0]  # along z: y down, x to the right
    side = view.width()
    pos = QPoint(round(side * 2.5 / 8), round(side * 6.5 / 8))
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=pos)
    assert grid.how.currentText() == "Cuts"
    assert grid.voxel == [4, 6, 2]
    qtbot.keyClick(grid.views[1], Qt.Key.Key_Up)  # along y: z down, x to the right
    assert grid.voxel == [3, 6, 2]
    assert grid.views[0].caption == "z = 3"
    assert grid.views[2].caption == "x = 2"


def test_flat_views_of_a_volume_are_what_they_say():
    volume = np.random.default_rng(0).random((4, 4, 4), dtype=np.float32)
    for axis in range(3):
        moved = np.moveaxis(volume, axis, 0)
        np.testing.assert_array_equal(brightest(volume, axis), np.max(list(moved), axis=0))
        np.testing.assert_array_equal(cut(volume, axis, 2), moved[2])


def test_another_run_s_curves_are_dashed_and_can_be_taken_away(watching, finished, qtbot):
    losses = panel_of(watching).plots.losses
    watching.training_link.compare(finished)
    qtbot.waitUntil(lambda: sum(line.dashed for line in losses.plot.lines) == 2, timeout=PATIENCE)
    assert losses.compared.label.text() == "Dashed: lego"
    qtbot.mouseClick(losses.compared.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not any(line.dashed for line in losses.plot.lines), timeout=PATIENCE)


# A run in training


def test_a_run_grows_before_one_s_eyes_and_obeys(make_window, starter, qtbot, tmp_path):
    window = make_window(lambda path, intrinsics, progress: fake_scene(path=path))
    directory = prepared_run(tmp_path / "lego")
    window.training_link.state.set_live(1)
    refreshed = []
    window.session.refreshed.connect(refreshed.append)
    with qtbot.waitSignal(window.viewport.picture_shown, timeout=PATIENCE):
        window.training.start(directory.path)
    panel = panel_of(window)
    qtbot.waitUntil(state_is(window, "training"), timeout=PATIENCE)
    sign = window.training.sign
    assert sign.isVisible()
    assert sign.button.text().startswith("lego: training, step")
    window.docks.show_panel("scene")
    qtbot.mouseClick(sign.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not panel.visibleRegion().isEmpty(), timeout=PATIENCE)
    camera = window.state.scene.cameras[3].camera
    window.state.set_camera(camera)
    qtbot.waitUntil(lambda: len(refreshed) >= 1, timeout=PATIENCE)
    assert window.state.camera == camera
    assert (directory.path / "control" / ".viewer-busy").exists()  # training gives way to the hand
    buttons = panel.run.buttons
    qtbot.mouseClick(buttons["pause_training"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(state_is(window, "paused"), timeout=PATIENCE)
    assert buttons["pause_training"].text() == "Go on"
    assert window.menus.actions["pause_training"].isChecked()
    dialog = window.training.ask_for_learning_rate()
    dialog.rate.setValue(dialog.rate.value() / 2)
    dialog._choose()
    qtbot.mouseClick(buttons["pause_training"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(state_is(window, "training"), timeout=PATIENCE)
    qtbot.waitUntil(
        lambda: window.training_link.state.status.learning_rate_factor == 0.5, timeout=PATIENCE
    )
    qtbot.mouseClick(buttons["stop_training"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(state_is(window, "stopped"), timeout=PATIENCE)
    qtbot.waitUntil(buttons["resume_training"].isVisible, timeout=PATIENCE)
    qtbot.waitUntil(
        lambda: any("saved and stopped" in m.text for m in window.notifications.messages),
        timeout=PATIENCE,
    )


def test_a_killed_training_is_one_clear_line_and_goes_on_by_resume(
    make_window, starter, qtbot, tmp_path
):
    window = make_window(lambda path, intrinsics, progress: fake_scene(path=path))
    directory = prepared_run(tmp_path / "lego")
    window.training.start(directory.path)
    qtbot.waitUntil(state_is(window, "training"), timeout=PATIENCE)
    qtbot.waitUntil(
        lambda: window.training_link.state.status.snapshot_step is not None, timeout=PATIENCE
    )
    starter.started[0].kill()
    qtbot.waitUntil(state_is(window, "interrupted"), timeout=PATIENCE)
    panel = panel_of(window)
    assert "without a word" in panel.run.trouble.text()
    errors = [message for message in window.notifications.messages if message.is_error]
    assert len(errors) == 1
    assert "Resume goes on from step" in errors[0].text
    qtbot.mouseClick(panel.run.buttons["resume_training"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(state_is(window, "training"), timeout=PATIENCE)
    assert not panel.run.trouble.isVisible()


def test_closing_asks_and_keeps_the_training_which_the_next_window_offers(
    make_window, starter, qtbot, tmp_path
):
    window = make_window(lambda path, intrinsics, progress: fake_scene(path=path))
    directory = prepared_run(tmp_path / "lego")
    window.training.start(directory.path)
    qtbot.waitUntil(state_is(window, "training"), timeout=PATIENCE)
    window.close()
    assert window.isVisible()
    dialog = window.training.closing_dialog
    qtbot.mouseClick(dialog.cancel, Qt.MouseButton.LeftButton)
    assert window.isVisible()
    window.close()
    qtbot.mouseClick(window.training.closing_dialog.keep, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=PATIENCE)
    assert starter.started[0].poll() is None

    second = make_window(lambda path, intrinsics, progress: fake_scene(path=path))
    cards = second.training.run_cards.cards
    qtbot.waitUntil(lambda: directory.path in cards, timeout=PATIENCE)
    card = cards[directory.path]
    assert card.details.text().startswith("Training, step")
    assert not card.resume.isVisible()
    qtbot.mouseClick(card.watch, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(state_is(second, "training"), timeout=PATIENCE)
    second.close()
    qtbot.mouseClick(second.training.closing_dialog.stop, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not second.isVisible(), timeout=PATIENCE)
    assert directory.read_status().state == "stopped"


def test_a_window_that_shows_a_scene_says_once_what_trains_in_the_background(
    make_window, starter, qtbot, tmp_path, settings, scene_file
):
    directory = prepared_run(tmp_path / "lego")
    settings.add_run(directory.path, started_here=True)
    starter(directory.path)
    qtbot.waitUntil(lambda: directory.read_status().state == "training", timeout=PATIENCE)
    window = make_window()
    window.open_scene(scene_file)

    def said():
        return [m for m in window.notifications.messages if "in the background" in m.text]

    qtbot.waitUntil(lambda: bool(said()), timeout=PATIENCE)
    said()[0].acted.emit()
    qtbot.waitUntil(state_is(window, "training"), timeout=PATIENCE)


def test_a_run_of_somebody_else_is_closed_without_a_question(window, starter, qtbot, tmp_path):
    directory = prepared_run(tmp_path / "lego")
    starter(directory.path)
    window.training.attach(directory.path)
    qtbot.waitUntil(state_is(window, "training"), timeout=PATIENCE)
    window.close()
    assert not window.isVisible()
    assert starter.started[0].poll() is None


def test_an_interrupted_run_is_offered_and_resumed_from_the_welcome_page(
    make_window, starter, qtbot, tmp_path, settings
):
    directory = prepared_run(tmp_path / "lego")
    directory.write_status(Status(state="training", step=7, snapshot_step=5))
    settings.add_run(directory.path, started_here=True)
    settings.add_run(tmp_path / "gone", started_here=True)
    window = make_window(lambda path, intrinsics, progress: fake_scene(path=path))
    cards = window.training.run_cards.cards
    qtbot.waitUntil(lambda: directory.path in cards, timeout=PATIENCE)
    assert list(cards) == [directory.path]
    assert cards[directory.path].details.text() == "Interrupted, step 7"
    qtbot.mouseClick(cards[directory.path].resume, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(state_is(window, "training"), timeout=PATIENCE)


def test_a_run_is_removed_from_the_list_and_not_from_the_disk(window, qtbot, tmp_path, settings):
    directory = prepared_run(tmp_path / "lego")
    settings.add_run(directory.path, started_here=True)
    window.training.known.look()
    cards = window.training.run_cards.cards
    qtbot.waitUntil(lambda: directory.path in cards, timeout=PATIENCE)
    qtbot.mouseClick(cards[directory.path].remove, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not cards, timeout=PATIENCE)
    assert settings.runs == []
    assert directory.exists


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


def test_a_long_log_is_drawn_with_no_more_points_than_there_are_pixels(
    watching, finished, tmp_path, qtbot, monkeypatch
):
    from viewer.panels.training.panel import curves as training_curves
    from viewer.widgets import curve_plot

    directory = RunDirectory(tmp_path / "long")
    directory.path.mkdir()
    directory.write_config(RunDirectory(finished).read_config())
    write_long_log(directory.log_path, 30_000)
    painted: list[int] = []
    real = curve_plot.CurvePlot.show_lines

    def counted(self, lines, *arguments, **options):
        painted.append(max((len(line.raw) + len(line.smooth) for line in lines), default=0))
        real(self, lines, *arguments, **options)

    monkeypatch.setattr(training_curves.CurvePlot, "show_lines", counted)
    watching.training.attach(directory.path)
    plot = panel_of(watching).plots.losses.plot
    qtbot.waitUntil(lambda: plot.step_range[1] == 30_000, timeout=PATIENCE)
    assert max(painted) < 4 * watching.width()  # points, whatever the log's length


# Words


def test_figures_have_units_and_no_more_digits_than_mean_something():
    config = {"run": {"steps": 20_000}, "training": {"learning_rate": 1e-3}}
    status = Status(
        state="training",
        step=12_400,
        steps_per_second=4.26,
        elapsed_seconds=2880,
        eta_seconds=1790,
        psnr=22.274,
        ssim=0.8123,
        learning_rate_factor=0.5,
        cpu_percent=187.2,
        memory_mb=1530,
    )
    assert {fact.label: fact.value for fact in run_facts(status, config)} == {
        "Step": "12\u2009400 of 20\u2009000",
        "Speed": "4.3 steps/s",
        "Trained for": "48 min",
        "Time left": "30 min",
        "Learning rate": "0.0005 (0.5 × 0.001)",
        "Last scores": "22.27 dB, SSIM 0.812",
        "Takes": "CPU 187 %, 1.6 GB",
    }
    assert speed(0.4) == "2.5 s a step"
    assert [duration(seconds) for seconds in (12, 95, 3000, 11_100)] == [
        *("12 s", "95 s", "50 min", "3 h 05 min"),
    ]


def test_what_went_wrong_says_what_to_do():
    assert trouble(Status(state="training")) == ""
    assert "Resume goes on from step 5." in trouble(Status(state="interrupted", snapshot_step=5))
    assert "begins it again" in trouble(Status(state="interrupted"))
    gpu = Status(state="failed", message="the GPU failed; without the GPU with --device cpu")
    assert trouble(gpu) == "the GPU failed; without the GPU by Train longer…"
    failed = Status(state="failed", message="the disk is full; go on from it with --resume")
    assert trouble(failed) == "the disk is full; go on from it by Resume"


def test_the_sample_run_is_watched_too(window, qtbot):
    run = Path(__file__).parents[4] / "assets" / "sample_run"
    window.training.attach(run)
    qtbot.waitUntil(lambda: panel_of(window).plots.losses.plot.lines != (), timeout=PATIENCE)
    qtbot.waitUntil(state_is(window, "finished"), timeout=PATIENCE)


def test_a_finished_run_offers_an_orbit_of_its_scene(watching, qtbot):
    button = panel_of(watching).next.buttons["path_orbit"]
    assert button.isVisible()
    button.click()
    dialog = watching.findChild(MakePathDialog)
    assert dialog is not None
    assert dialog.isVisible()
    dialog.reject()
