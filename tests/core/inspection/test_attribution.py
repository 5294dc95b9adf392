"""Which voxels made a part of the picture."""

import numpy as np
import pytest
import torch

from dvox_core.errors import Cancelled
from dvox_core.geometry.resampling import camera_to_grid_transform, view_volume
from dvox_core.inspection import attribution
from dvox_core.inspection.attribution import (
    attribution_by_gradient,
    attribution_by_rays,
    strongest_voxels,
)
from dvox_core.inspection.grids import load_edited_grid, load_grids
from dvox_core.inspection.rectangle import PictureRectangle
from dvox_core.inspection.views import ViewInspector, inspect_view
from dvox_core.model.loading import RENDERING_PARTS, load_parts
from dvox_core.rendering.fused.convolutions import Target
from dvox_core.rendering.interventions import (
    NO_INTERVENTIONS,
    Action,
    GridEdit,
    Interventions,
    VoxelSet,
)
from dvox_core.rendering.torch_renderer import TorchRenderer
from tests.helpers.scenes import SMALL, SMALL_COLLAPSE, random_scene

RECTANGLE = PictureRectangle(50, 60, 70, 76)


def silent(share, text):
    pass


@pytest.fixture(scope="module")
def scene():
    return random_scene()


def test_a_rectangle_takes_the_rays_that_pass_through_it():
    rays = PictureRectangle(10, 20, 20, 24).rays(128)  # two pixels a ray
    assert np.argwhere(rays.any(axis=0)).ravel().tolist() == [5, 6, 7, 8, 9]
    assert np.argwhere(rays.any(axis=1)).ravel().tolist() == [10, 11]
    assert PictureRectangle(0, 0, 512, 512).rays(512).all()


def test_a_rectangle_between_two_rays_takes_the_nearest():
    assert np.argwhere(PictureRectangle(11, 300, 12, 301).rays(512)).tolist() == [[37, 1]]


def test_by_rays_only_what_the_rays_saw_counts(scene):
    renderer = TorchRenderer(scene, Target(torch.device("cpu"), torch.float32))
    view = inspect_view(scene, renderer, scene.start_camera)
    samples = ViewInspector(scene).samples(scene.start_camera)
    visibility, grid = torch.from_numpy(view.visibility), load_grids(scene).inpainted
    everything = np.ones((64, 64), dtype=bool)
    rays = RECTANGLE.rays(128)
    part = attribution_by_rays(samples, visibility, grid, rays)
    rest = attribution_by_rays(samples, visibility, grid, ~rays)
    whole = attribution_by_rays(samples, visibility, grid, everything)
    assert part + rest == pytest.approx(whole, abs=1e-4)
    assert 0 < np.count_nonzero(part) < np.count_nonzero(whole)


def plain_effects(scene, rectangle, probes, interventions=NO_INTERVENTIONS):
    """Features times gradient through the readable networks, weights of the whole volume fixed."""
    model = load_parts(scene, *RENDERING_PARTS)
    grid = torch.from_numpy(load_edited_grid(scene, interventions).copy()).requires_grad_()
    pose = torch.from_numpy(scene.start_camera.camera_to_world.copy())
    transform = camera_to_grid_transform(pose, scene.placement, scene.config.grid_size).float()
    volume = view_volume(grid, scene.frustum, transform)[None]
    if model.occlusion is None:
        collapsed = model.depth_collapse(volume)
    else:
        visibility = model.occlusion(volume).visibility.detach()
        collapsed = (visibility[:, None] * volume).mean(dim=2)
    picture = model.rendering(collapsed)[0]
    part = picture[:, rectangle.top : rectangle.bottom, rectangle.left : rectangle.right]
    random, squares = torch.Generator().manual_seed(0), 0
    for _ in range(probes):
        signs = torch.randint(0, 2, part.shape, generator=random) * 2.0 - 1
        (gradient,) = torch.autograd.grad(part, grid, signs, retain_graph=True)
        squares = squares + (gradient * grid.detach()).sum(dim=0).square()
    return (squares / probes).sqrt().numpy()


@pytest.mark.parametrize("config", [SMALL, SMALL_COLLAPSE])
def test_by_gradient_equals_the_plain_networks(config):
    scene = random_scene(config)
    heat = attribution_by_gradient(scene, scene.start_camera, RECTANGLE, NO_INTERVENTIONS, silent)
    expected = plain_effects(scene, RECTANGLE, attribution.PROBES)
    assert expected.max() > 1e-3
    assert np.abs(heat - expected).max() < 2e-3 * expected.max()


def test_by_gradient_foretells_what_taking_a_voxel_away_changes(scene, monkeypatch):
    """With many probes, the change of the part's pixels under a small removal."""
    monkeypatch.setattr(attribution, "PROBES", 32)
    camera = scene.start_camera
    heat = attribution_by_gradient(scene, camera, RECTANGLE, NO_INTERVENTIONS, silent)
    z, y, x = np.unravel_index(heat.argmax(), heat.shape)
    model = load_parts(scene, *RENDERING_PARTS)
    changes = []
    for step in (0.0, 0.02):
        grid = torch.from_numpy(load_grids(scene).inpainted.copy())
        pose = torch.from_numpy(camera.camera_to_world.copy())
        transform = camera_to_grid_transform(pose, scene.placement, SMALL.grid_size).float()
        volume = view_volume(grid, scene.frustum, transform)[None]
        visibility = model.occlusion(volume).visibility
        grid[:, z, y, x] *= 1 - step
        volume = view_volume(grid, scene.frustum, transform)[None]
        picture = model.rendering((visibility[:, None] * volume).mean(dim=2))[0]
        changes.append(picture[:, 60:76, 50:70])
    change = float((changes[1] - changes[0]).norm()) / 0.02
    assert heat.max() == pytest.approx(change, rel=0.25)


def test_by_gradient_goes_by_the_edited_grid(scene):
    heat = attribution_by_gradient(scene, scene.start_camera, RECTANGLE, NO_INTERVENTIONS, silent)
    strongest = strongest_voxels(heat, 0.3)
    edit = GridEdit(VoxelSet.of_mask(strongest), Action.ZERO)
    after = attribution_by_gradient(
        scene, scene.start_camera, RECTANGLE, Interventions(edits=(edit,)), silent
    )
    assert heat[strongest].min() > 0
    assert (after[strongest] == 0).all()
    assert after[~strongest].max() > 0


def test_by_gradient_can_be_cancelled(scene):
    def cancel(share, text):
        if share > 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        attribution_by_gradient(scene, scene.start_camera, RECTANGLE, NO_INTERVENTIONS, cancel)


def test_the_strongest_voxels_are_the_fewest_that_hold_a_share():
    heat = np.zeros((3, 3, 3), dtype=np.float32)
    heat[0, 0, 0], heat[1, 1, 1], heat[2, 2, 2] = 5, 3, 2
    assert np.argwhere(strongest_voxels(heat, 0.5)).tolist() == [[0, 0, 0]]
    assert np.argwhere(strongest_voxels(heat, 0.6)).tolist() == [[0, 0, 0], [1, 1, 1]]
    assert strongest_voxels(heat, 1.0).sum() == 3
    assert not strongest_voxels(np.zeros((2, 2, 2), dtype=np.float32), 0.5).any()
