"""Snapshots of a run as scenes."""

import dataclasses

import numpy as np
import pytest
import torch

from dvox_core.checkpoints.scene_file import write_scene
from dvox_core.errors import UserError
from dvox_core.model.loading import load_inpainted_grid
from dvox_core.rendering.fused.convolutions import Target
from dvox_core.rendering.torch_renderer import TorchRenderer
from dvox_core.training.config import TrainingConfig
from dvox_core.training.run.progress import RunProgress
from dvox_core.training.run.run_config import RunConfig
from dvox_core.training.run.run_directory import RunDirectory
from dvox_core.training.run.snapshot_scene import open_snapshot
from dvox_core.training.run.snapshots import named_snapshot
from dvox_core.training.trainers.create import create_trainer
from tests.helpers.captures import cube_capture
from tests.helpers.trainers import TINY_MODEL

TARGET = Target(torch.device("cpu"), torch.float32)


@pytest.fixture(scope="module", params=["average", "no average"])
def run(request, tmp_path_factory):
    """A run of two snapshots, their scenes as the trainer gave them, and its folder."""
    folder = tmp_path_factory.mktemp("run")
    capture = cube_capture(folder / "capture", train=3, test=1)
    training = TrainingConfig(
        recipe="direct",
        steps=4,
        adversarial=False,
        ema_decay=0.9 if request.param == "average" else 0.0,
    )
    directory = RunDirectory(folder / "run")
    directory.path.mkdir()
    directory.write_config(RunConfig(folder / "capture", TINY_MODEL, training).to_json())
    trainer = create_trainer(capture, TINY_MODEL, training, torch.device("cpu"))
    snapshots, scenes = [], []
    for _ in range(2):
        trainer.step(0.0)
        progress = RunProgress(elapsed_seconds=7.0 * trainer.step_number)
        if trainer.step_number == 1:
            progress.take_score(21.5, 1)
        state = {"trainer": trainer.state(), "run": progress.state()}
        snapshots.append(directory.snapshots().save(trainer.step_number, state))
        scenes.append(trainer.scene())
    facts = {"steps": 2, "seconds": 14.5, "validation_psnr": 30.0}
    write_scene(directory.scene_path, dataclasses.replace(scenes[-1], training=facts))
    return snapshots, scenes, directory


def test_a_snapshot_renders_what_the_trainer_would_have_shown(run):
    snapshots, scenes, _ = run
    pictures = []
    for snapshot, scene in zip(snapshots, scenes, strict=True):
        opened = open_snapshot(snapshot.path)
        assert opened.name.endswith(f", step {snapshot.step}")
        np.testing.assert_array_equal(load_inpainted_grid(opened), load_inpainted_grid(scene))
        camera = scene.start_camera
        picture = TorchRenderer(opened, TARGET).render(camera).picture
        np.testing.assert_array_equal(picture, TorchRenderer(scene, TARGET).render(camera).picture)
        pictures.append(picture)
    assert (pictures[0] != pictures[1]).any()


def test_a_snapshot_has_its_own_time_and_score_and_not_those_of_the_runs_scene(run):
    snapshots, _, _ = run
    facts = [open_snapshot(snapshot.path).training for snapshot in snapshots]
    assert facts[0] == {"steps": 1, "seconds": 7.0, "validation_psnr": 21.5}
    assert facts[1] == {"steps": 2, "seconds": 14.0}


def test_what_is_no_snapshot_is_refused_in_one_line(run, tmp_path):
    snapshots, _, directory = run
    assert named_snapshot(snapshots[0].path) == snapshots[0]
    assert named_snapshot(directory.scene_path) is None
    lonely = tmp_path / snapshots[0].path.name
    lonely.write_bytes(snapshots[0].path.read_bytes())
    with pytest.raises(UserError, match="is no snapshot in a run's folder") as error:
        open_snapshot(lonely)
    assert "\n" not in str(error.value)
    broken = snapshots[0].path.with_name("snapshot_000009_step_00000009.pt")
    broken.write_bytes(b"nothing")
    with pytest.raises(UserError, match="not a PyTorch checkpoint"):
        open_snapshot(broken)


def test_a_snapshot_of_other_sizes_is_refused(run):
    snapshots, _, directory = run
    state = torch.load(snapshots[0].path, weights_only=True)
    state["trainer"]["model_config"] = dataclasses.replace(TINY_MODEL, base_channels=8).to_json()
    path = directory.path / "snapshots" / "snapshot_000008_step_00000001.pt"
    torch.save(state, path)
    with pytest.raises(UserError, match="another model"):
        open_snapshot(path)
