"""Replays of integration: their states, what is kept of them, and what they tell."""

import csv
import math

import numpy as np
import pytest
import torch

from dvox_core.checkpoints.scene_file import write_scene
from dvox_core.data.true_pictures import TruePicture
from dvox_core.errors import UserError
from dvox_core.pipeline.growth import COLUMNS, HeldOutView, grow, held_out_view, write_growth
from dvox_core.pipeline.observing import Observer, load_observer, trained_grid
from dvox_core.pipeline.questions import SourceView
from dvox_core.pipeline.replay import Replay
from dvox_core.rendering.create import create_renderer
from dvox_core.rendering.frame import Extra
from dvox_core.rendering.observed_grid import observed_grid
from dvox_core.training.config import TrainingConfig
from dvox_core.training.steps.acceleration import scale_dropout
from dvox_core.training.trainers.paper import PaperTrainer
from tests.core.pipeline.test_stages import without_parts
from tests.helpers.captures import cube_capture
from tests.helpers.fakes import FakeRenderer, fake_frame, fake_scene
from tests.helpers.scenes import random_scene
from tests.helpers.trainers import TINY_MODEL


@pytest.fixture(scope="module")
def capture(tmp_path_factory):
    return cube_capture(tmp_path_factory.mktemp("capture"), train=6, test=1)


def sources(capture, split="train"):
    return [SourceView(v.name, v.camera, v.picture_path) for v in capture.split(split)]


def whole(replay):
    while replay.done < len(replay.views):
        replay.advance()
    return replay


def test_a_replay_in_the_runs_order_gives_the_runs_grid(capture):
    config = TrainingConfig(adversarial=False, step="plain", dropout=0.0, ema_decay=0.0)
    trainer = PaperTrainer(capture, TINY_MODEL, config, torch.device("cpu"))
    trainer.scale_learning_rate(0.0)  # the networks stand still, the grid moves
    scale_dropout(trainer.model, 0.0)
    for _ in range(5):
        trainer.step(0.0)
    order = [trainer.sampling.draw(step).source for step in range(5)]
    views = sources(capture)
    observer = Observer(trainer.model, trainer.scene())
    replay = whole(Replay(observer, [views[number] for number in order]))
    own = trainer.model.grid
    assert float(own.norm()) > 0
    assert replay.state(5).numpy() == pytest.approx(own.numpy(), abs=2e-4)


def test_states_that_are_not_kept_are_computed_again(capture):
    observer, views = load_observer(random_scene()), sources(capture)
    state_bytes = 2 * observer.empty_grid().numel()
    full = whole(Replay(observer, views))
    spare = whole(Replay(observer, views, kept_bytes=3 * state_bytes))
    assert full.spacing == 1
    assert full.kept_bytes == 7 * state_bytes
    assert spare.spacing == 3
    assert spare.kept_bytes == 3 * state_bytes  # states 0, 3 and 6
    for number in range(7):
        wanted = full.state(number).numpy()
        tolerance = 0.004 * max(float(np.abs(wanted).max()), 1.0)
        assert spare.state(number).numpy() == pytest.approx(wanted, abs=tolerance)
    assert not full.state(0).any()
    assert full.grid(2).views == ("000000", "000001")
    again = full.observation(3)
    assert again.after.numpy() == pytest.approx(full.state(3).numpy(), abs=0.01)
    with pytest.raises(IndexError):
        Replay(observer, views).state(1)


def test_a_replay_may_start_from_the_trained_grid(capture):
    scene = random_scene()
    own = trained_grid(scene)
    replay = Replay(load_observer(scene), sources(capture)[:1], start=own)
    observation = replay.advance()
    assert torch.equal(observation.before, own)
    assert replay.grid(0) == observed_grid(own.numpy(), ())
    with pytest.raises(UserError, match="start from an empty grid"):
        trained_grid(without_parts(scene, "grid"))


def test_what_each_observation_brings_is_told(capture, tmp_path):
    scene = random_scene()
    renderer = create_renderer(scene, "cpu", "float32")
    held_out = held_out_view(renderer, sources(capture, "test")[0], 128)
    views = sources(capture)
    replay = Replay(load_observer(scene), [views[0], views[3], views[0]])
    told = list(grow(replay, held_out))
    renderer.close()
    steps = [step for step, _, _ in told]
    assert [step.observed for step in steps] == [1, 2, 3]
    assert [step.view for step in steps] == ["000000", "000003", "000000"]
    for step, observation, frame in told:
        assert step.change == pytest.approx(observation.change)
        assert math.isfinite(step.psnr)
        assert 0 < step.seen_share <= 1
        assert 0 < step.mean_update < 1
        assert frame.interventions.grid is not None
    pictures = [frame.picture for _, _, frame in told]
    assert not np.array_equal(pictures[0], pictures[1])
    write_growth(tmp_path / "growth.csv", steps)
    rows = list(csv.reader((tmp_path / "growth.csv").open()))
    assert tuple(rows[0]) == COLUMNS
    assert rows[2][:2] == ["2", "000003"]


def test_padding_of_the_held_out_picture_is_not_scored():
    scene = fake_scene()
    frame = fake_frame(scene, scene.start_camera, Extra.NONE)
    side = len(frame.picture)
    truth = np.clip(frame.picture.astype(int) + 10, 0, 255).astype(np.uint8)
    shown = np.ones((side, side), dtype=bool)
    shown[:, : side // 2] = False
    spoilt = np.where(shown[..., None], truth, 255 - truth)
    renderer = FakeRenderer(scene)
    known, padded, nothing = (
        HeldOutView(renderer, scene.start_camera, one).score(frame)
        for one in (
            TruePicture(truth, shown),
            TruePicture(spoilt, shown),
            TruePicture(truth, np.zeros_like(shown)),
        )
    )
    assert padded == known
    assert math.isfinite(known)
    assert math.isnan(nothing)


def test_a_scene_on_disk_observes_as_the_one_in_memory(capture, tmp_path):
    from dvox_core.checkpoints.opening import open_scene

    scene = random_scene()
    write_scene(tmp_path / "a.dvox", scene)
    view = sources(capture)[:1]
    kept = whole(Replay(load_observer(open_scene(tmp_path / "a.dvox")), view)).state(1)
    assert torch.equal(kept, whole(Replay(load_observer(scene), view)).state(1))
