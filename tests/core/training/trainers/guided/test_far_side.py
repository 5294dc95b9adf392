"""Where pictures show more than the object, the cube's walls stand for the world behind it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from dvox_core.data.capture import Capture
from dvox_core.geometry.cameras import Camera, Intrinsics
from dvox_core.geometry.frustum import frustum_for
from dvox_core.geometry.resampling import RowSampler
from dvox_core.model.config import ModelConfig
from dvox_core.radiance_field.views import FieldViews
from dvox_core.training.config import TrainingConfig
from dvox_core.training.trainers.guided.far_side import (
    WALL_OPACITY,
    add_remainder,
    with_far_side,
)
from dvox_core.training.trainers.guided.grid_from_field import APPEARANCE_SCALE, GridStart
from dvox_core.training.trainers.guided.occlusion_teaching import MAP_PIXELS
from dvox_core.training.trainers.guided.schedule import NETWORKS
from dvox_core.training.trainers.guided.trainer import GuidedTrainer
from tests.helpers.captures import NEAR_PLANE, PLACEMENT, cube_capture, ring_camera

CPU = torch.device("cpu")
SIDE = 12
LENS = Intrinsics(102.4, 31.5, 31.5, 64, 64)


def nothing() -> GridStart:
    return GridStart(torch.zeros(SIDE**3, 8), torch.zeros(0, dtype=torch.int64), torch.zeros(0, 6))


def test_walls_are_where_cameras_see_the_far_side_and_have_its_colour() -> None:
    camera = ring_camera(0, 8, 0.0)  # on the positive x axis
    red = np.zeros((1, 64, 64, 3), dtype=np.uint8)
    red[..., 0] = 255
    views = FieldViews(red, (camera,), LENS)
    start = with_far_side(nothing(), views, PLACEMENT, torch.Generator().manual_seed(0))
    grid = start.grid()
    filled = grid[:8].amax(dim=0) > 0
    assert filled[:, :, 0].any()
    assert not filled[4:-4, 4:-4, -1].any()  # the wall between the camera and the object
    assert not filled[4:-4, 4:-4, 4:-4].any()
    assert set(grid[:8].unique().tolist()) == {0.0, WALL_OPACITY}
    assert torch.equal(start.occupied, start.occupied.sort().values)
    color = start.appearance[:, 1:4] / APPEARANCE_SCALE
    torch.testing.assert_close(color, torch.tensor([[1.0, 0, 0]]).expand_as(color))


def test_what_the_field_found_stays_as_it_is() -> None:
    camera = ring_camera(0, 8, 0.0)
    views = FieldViews(np.zeros((1, 64, 64, 3), dtype=np.uint8), (camera,), LENS)
    number = (6 * SIDE + 6) * SIDE  # in the middle of the far wall
    opacities = torch.zeros(SIDE**3, 8)
    opacities[number] = 0.9
    found = GridStart(opacities, torch.tensor([number]), torch.full((1, 6), 7.0))
    start = with_far_side(found, views, PLACEMENT, torch.Generator().manual_seed(0))
    assert start.opacities[number].tolist() == opacities[number].tolist()
    assert (start.appearance[start.occupied == number] == 7).all()


def test_what_passes_the_cube_ends_on_the_last_sample_in_it() -> None:
    frustum = frustum_for(LENS, NEAR_PLANE, PLACEMENT, SIDE)
    camera = ring_camera(0, 8, 0.3)
    pose = torch.from_numpy(camera.camera_to_world.copy())
    pose[:3, 3] += 0.6 * pose[:3, 0]  # so that some rays pass beside the cube
    samples = RowSampler(frustum, PLACEMENT, SIDE, CPU).locate(pose)
    lesson = torch.zeros(frustum.plane_count, MAP_PIXELS)
    first = samples.planes[samples.ray_starts[:-1].clamp(max=len(samples.planes) - 1)]
    lesson[first, torch.arange(MAP_PIXELS)] = 0.25
    result = add_remainder(lesson, samples)
    crossing = samples.ray_starts.diff() > 0
    assert 0 < crossing.sum() < MAP_PIXELS
    torch.testing.assert_close(result[:, crossing].sum(dim=0), torch.ones(int(crossing.sum())))
    assert torch.equal(result[:, ~crossing], lesson[:, ~crossing])
    middle = MAP_PIXELS // 2 + 32
    last = samples.planes[samples.rays == middle].max()
    assert result[last, middle] == 0.75


def world_picture(camera: Camera, intrinsics: Intrinsics, picture: np.ndarray) -> np.ndarray:
    """The picture with a colourful sky far away in the place of white."""
    rows, columns = np.mgrid[0 : intrinsics.height, 0 : intrinsics.width]
    rays = np.stack(
        [
            (columns - intrinsics.principal_x) / intrinsics.focal,
            (rows - intrinsics.principal_y) / intrinsics.focal,
            np.ones_like(rows, dtype=float),
        ],
        axis=-1,
    )
    rays = rays @ camera.rotation.T
    sky = 120 + 100 * rays / np.linalg.norm(rays, axis=-1, keepdims=True)
    white = (picture == 255).all(axis=-1, keepdims=True)
    return np.where(white, sky, picture).astype(np.uint8)


def capture_with_world(folder: Path) -> Capture:
    capture = cube_capture(folder, train=8, test=1)
    for view in capture.views:
        picture = np.asarray(Image.open(view.picture_path))
        shown = world_picture(view.camera, capture.intrinsics, picture)
        Image.fromarray(shown).save(view.picture_path)
    return capture


def test_pictures_with_a_world_are_trained_with_surroundings_and_walls(tmp_path: Path) -> None:
    capture = capture_with_world(tmp_path)
    training = TrainingConfig(
        recipe="guided", adversarial=False, dropout=0.0, targets_per_step=1, ema_decay=0.9,
        schedule="cosine", trained_levels=2, field_side=16, field_steps=60, occlusion_steps=2,
        grid_learning_rate=0.15,
    )  # fmt: skip
    model = ModelConfig(image_size=128, grid_size=16, features=12, base_channels=8)
    trainer = GuidedTrainer(capture, model, training, CPU)
    while trainer.stage != NETWORKS:
        trainer.step(trainer.step_number / 1000)
    grid = trainer.scene().weights.load("")["grid"]
    assert (grid[:8, :, :, 0] == WALL_OPACITY).all(dim=0).any()
    state = trainer.state()
    assert state["field"]["surroundings"] is not None
    resumed = GuidedTrainer(capture, replace(model), training, CPU)
    resumed.load_state(state)
    one, other = (each.step(0.1).generator_loss for each in (trainer, resumed))
    assert one == other
