"""Questions about a scene's voxels, answered from the plain functions."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from dvox_core.checkpoints.weights import MemoryWeights
from dvox_core.inspection.features import (
    change_by_inpainting,
    feature_norms,
    invented_voxels,
    similarity_to,
)
from dvox_core.inspection.grids import load_edited_grid, load_grids
from dvox_core.inspection.voxel_questions import GridSource, Tint, VoxelQuantity, VoxelQuestion
from dvox_core.inspection.voxel_visibility import capture_visibility, inspect_voxels
from dvox_core.inspection.workbench import NO_CAPTURE, NO_RAW_GRID, NO_VOXEL, VoxelWorkbench
from dvox_core.model.loading import INPAINTED_GRID
from dvox_core.rendering.frame import Extra
from dvox_core.rendering.fused.convolutions import Target
from dvox_core.rendering.interventions import (
    NO_INTERVENTIONS,
    Action,
    Box,
    GridEdit,
    Interventions,
)
from dvox_core.rendering.torch_renderer import TorchRenderer
from tests.helpers.scenes import SMALL_COLLAPSE, random_scene

VOXEL = (3, 5, 7)
X, Y, Z = VOXEL


@pytest.fixture(scope="module")
def scene():
    return random_scene()


@pytest.fixture(scope="module")
def bench(scene):
    return VoxelWorkbench(scene)


@pytest.fixture(scope="module")
def grids(scene):
    return load_grids(scene)


@pytest.fixture(scope="module")
def frame(scene):
    renderer = TorchRenderer(scene, Target(torch.device("cpu"), torch.float32))
    return renderer.render(scene.start_camera, Extra.VISIBILITY)


@pytest.fixture
def question(scene):
    return VoxelQuestion(
        scene, NO_INTERVENTIONS, VoxelQuantity.NORM, GridSource.RENDERED, Tint.NOTHING
    )


def test_norms_and_channels_of_each_grid(bench, grids, question):
    for source, grid in (
        (GridSource.RENDERED, grids.inpainted),
        (GridSource.RAW, grids.raw),
        (GridSource.DIFFERENCE, grids.inpainted - grids.raw),
    ):
        norm = bench.answer(replace(question, source=source)).volume
        assert norm.values == pytest.approx(feature_norms(grid), abs=1e-5)
        assert source.value.lower() in norm.legend.title
        asked = replace(question, quantity=VoxelQuantity.CHANNEL, channel=2, source=source)
        channel = bench.answer(asked).volume
        assert (channel.values == grid[2]).all()
        assert channel.legend.low == (-channel.legend.high if grid[2].min() < 0 else 0)
        assert channel.strength.min() >= 0
        assert channel.strength.max() == 1


def test_a_change_by_inpainting_and_what_it_invented(bench, grids, question):
    asked = replace(question, quantity=VoxelQuantity.CHANGE, tint=Tint.INVENTED)
    answer = bench.answer(asked)
    expected = change_by_inpainting(grids.raw, grids.inpainted)
    assert answer.volume.values == pytest.approx(expected, abs=1e-5)
    assert (answer.tinted == invented_voxels(grids.raw, grids.inpainted)).all()


def test_the_visibility_of_the_frames_view(bench, scene, question, frame):
    answer = bench.answer(replace(question, quantity=VoxelQuantity.VISIBILITY, frame=frame))
    _, expected = inspect_voxels(scene, frame.camera, NO_INTERVENTIONS)
    assert answer.volume.values == pytest.approx(expected, abs=1e-4)


def test_what_all_views_see(bench, scene, question):
    capture = capture_visibility(scene, [view.camera for view in scene.cameras], lambda *_: None)
    asked = replace(question, tint=Tint.NEVER_SEEN, capture=capture)
    total = bench.answer(replace(asked, quantity=VoxelQuantity.TOTAL_VISIBILITY))
    assert (total.volume.values == capture.total).all()
    assert (total.tinted == capture.never_seen).all()
    counts = bench.answer(replace(asked, quantity=VoxelQuantity.VIEW_COUNT)).volume
    assert (counts.values == capture.view_counts).all()
    assert (counts.legend.low, counts.legend.high) == (0, 3)


def test_a_selected_voxel_tells_all_that_is_known_of_it(bench, scene, grids, question, frame):
    asked = replace(question, quantity=VoxelQuantity.SIMILARITY, tint=Tint.SIMILAR)
    answer = bench.answer(replace(asked, voxel=VOXEL, frame=frame))
    selected = answer.selected
    assert (selected.rendered == grids.inpainted[:, Z, Y, X]).all()
    assert (selected.raw == grids.raw[:, Z, Y, X]).all()
    _, seen = inspect_voxels(scene, frame.camera, NO_INTERVENTIONS)
    assert selected.visibility == pytest.approx(seen[Z, Y, X], abs=1e-4)
    back = scene.placement.world_to_grid(scene.config.grid_size)
    assert back[:3, :3] @ selected.world + back[:3, 3] == pytest.approx(VOXEL, abs=1e-9)
    similarity = similarity_to(grids.inpainted, VOXEL)
    assert answer.volume.values == pytest.approx(similarity, abs=1e-5)
    assert selected.similarities[0] == pytest.approx(np.sort(similarity, axis=None)[-2], abs=1e-5)
    assert answer.tinted.sum() == len(selected.similar)
    assert all(answer.tinted[z, y, x] for x, y, z in selected.similar)


def test_what_is_not_a_number_is_shown_as_unknown_and_spoils_no_range(scene, question, frame):
    weights = frame.visibility.copy()
    weights[:, 20:30, 20:30] = np.nan
    broken = replace(frame, visibility=weights)
    quantity = VoxelQuantity.VISIBILITY
    shown = VoxelWorkbench(scene).answer(replace(question, frame=broken, quantity=quantity)).volume
    assert np.isnan(shown.values).any()
    assert np.isfinite(shown.strength).all()
    assert (shown.strength[np.isnan(shown.values)] == 0).all()
    assert 0 < shown.legend.high < np.inf
    weights[:] = np.nan
    shown = VoxelWorkbench(scene).answer(replace(question, frame=broken, quantity=quantity)).volume
    assert shown.legend.high == 1.0


def test_edits_show_in_what_is_rendered_and_colours_stay_elsewhere(bench, scene, question):
    edit = GridEdit(Box((0, 0, 0), (6, 12, 12)), Action.ZERO)
    edited = Interventions(edits=(edit,))
    asked = replace(question, quantity=VoxelQuantity.COLORS)
    before = bench.answer(asked).volume
    after = bench.answer(replace(asked, interventions=edited)).volume
    assert after.values == pytest.approx(feature_norms(load_edited_grid(scene, edited)), abs=1e-5)
    assert (after.values[..., :6] == 0).all()
    assert (after.colors[..., 6:] == before.colors[..., 6:]).all()
    assert (after.strength[..., :6] == 0).all()


def test_what_cannot_be_answered_says_how_it_can_be(bench, question):
    for quantity, problem in (
        (VoxelQuantity.SIMILARITY, NO_VOXEL),
        (VoxelQuantity.TOTAL_VISIBILITY, NO_CAPTURE),
        (VoxelQuantity.VISIBILITY, "Waiting"),
        (VoxelQuantity.ATTRIBUTION, "Mark"),
    ):
        answer = bench.answer(replace(question, quantity=quantity))
        assert answer.volume is None
        assert problem in answer.problem


def test_a_scene_without_a_raw_grid_or_depth_weights_says_so(question):
    whole = random_scene(SMALL_COLLAPSE)
    tensors = whole.weights.load("depth_collapse.", "rendering.")
    tensors[INPAINTED_GRID] = whole.weights.load("grid")["grid"]
    scene = replace(whole, weights=MemoryWeights(tensors))
    bench = VoxelWorkbench(scene)
    asked = replace(question, scene=scene)
    assert bench.answer(replace(asked, source=GridSource.RAW)).problem == NO_RAW_GRID
    assert bench.answer(asked).volume is not None
    assert (
        "no depth weights"
        in bench.answer(replace(asked, quantity=VoxelQuantity.VISIBILITY)).problem
    )
    assert bench.answer(replace(asked, voxel=(1, 2, 3))).selected.raw is None


def test_what_does_not_change_is_not_computed_again(bench, question, monkeypatch):
    first = bench.answer(question).volume
    assert bench.answer(question).volume is first
