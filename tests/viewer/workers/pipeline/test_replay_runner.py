"""The replay's thread: states that are kept, and those that are computed again."""

from dataclasses import replace

import pytest

from dvox_core.model.scene import SceneCamera
from dvox_core.pipeline import replay as replay_module
from tests.helpers.captures import cube_capture
from tests.helpers.scenes import random_scene
from viewer.workers.comparison.ground_truth import TrueView
from viewer.workers.pipeline.replay_runner import ReplayPlan, ReplayRunner


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    capture = cube_capture(tmp_path_factory.mktemp("capture"), train=5, test=1)
    scene = replace(
        random_scene(),
        cameras=tuple(SceneCamera(v.name, v.split, v.camera) for v in capture.views),
    )
    views = tuple(TrueView(v.name, v.split, v.camera, v.picture_path) for v in capture.views)
    return ReplayPlan(scene, views[:5], None)


def replayed(plan, qtbot):
    runner, moments = ReplayRunner(), []
    runner.moment_ready.connect(moments.append)
    with qtbot.waitSignal(runner.ended):
        runner.start(plan)
    assert [step.view for step in runner.steps] == [view.name for view in plan.views]
    return runner, moments


def test_states_that_are_not_kept_are_computed_again_off_the_windows_thread(
    plan, qtbot, monkeypatch
):
    monkeypatch.setattr(replay_module.Replay.__init__, "__defaults__", (1, None))  # bytes kept
    runner, moments = replayed(plan, qtbot)
    runner.ask_moment(3)
    qtbot.waitUntil(lambda: len(moments) == 1)
    assert moments[0].number == 3
    assert len(moments[0].before.views) == 2
    assert len(moments[0].grid.views) == 3
    runner.ask_moment(0)
    assert moments[1].before is moments[1].grid  # the empty grid is always kept
    runner.stop()


def test_kept_states_are_handed_out_at_once_and_another_replay_forgets_them(plan, qtbot):
    runner, moments = replayed(plan, qtbot)
    for number in (5, 1, 0):
        runner.ask_moment(number)
    assert [moment.number for moment in moments] == [5, 1, 0]
    assert moments[0].grid.views == tuple(view.name for view in plan.views)
    runner.forget()
    runner.ask_moment(2)
    assert len(moments) == 3
    started = replace(plan, starts_trained=True, views=plan.views[:1])
    runner, moments = replayed(started, qtbot)
    runner.ask_moment(1)
    assert moments[0].before.features.any()  # the trained grid
    runner.stop()


def test_a_replay_that_is_cancelled_keeps_its_states(plan, qtbot):
    runner, moments = ReplayRunner(), []
    runner.moment_ready.connect(moments.append)
    runner.stepped.connect(lambda: runner.cancel() if len(runner.steps) == 2 else None)
    with qtbot.waitSignal(runner.ended):
        runner.start(plan)
    qtbot.waitUntil(lambda: not runner.is_running)
    assert len(runner.steps) < 5
    runner.ask_moment(5)
    assert moments[0].number == len(runner.steps)
    runner.stop()
