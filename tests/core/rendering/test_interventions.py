"""Occlusion overrides and edits of the grid, by themselves and in pictures."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from dvox_core.checkpoints.weights import MemoryWeights
from dvox_core.errors import CheckpointError, UserError
from dvox_core.model.loading import INPAINTED_GRID, load_inpainted_grid, load_parts
from dvox_core.rendering.apply_interventions import edited_grid, overridden
from dvox_core.rendering.frame import Extra
from dvox_core.rendering.fused.convolutions import Target
from dvox_core.rendering.interventions import (
    NO_INTERVENTIONS,
    Action,
    ArgMax,
    AsTrained,
    Box,
    FrontMost,
    GridEdit,
    Inpainting,
    Interventions,
    Temperature,
    Uniform,
    VoxelSet,
)
from dvox_core.rendering.observed_grid import observed_grid
from dvox_core.rendering.renderer import Intervening
from dvox_core.rendering.torch_renderer import TorchRenderer
from tests.helpers.scenes import SMALL, SMALL_COLLAPSE, random_scene

FLOAT32 = Target(torch.device("cpu"), torch.float32)
EVERYTHING = Extra.ENTROPY | Extra.VISIBILITY | Extra.FLOAT_PICTURE
SIDE = SMALL.grid_size
WHOLE = Box((0, 0, 0), (SIDE, SIDE, SIDE))
HALF = Box((0, 0, 0), (SIDE // 2, SIDE, SIDE))


@pytest.fixture
def logits():
    return 3 * torch.randn(24, 64, 64, generator=torch.Generator().manual_seed(1))


def one_of(override, *weights):
    return overridden(torch.tensor(weights)[:, None, None], override)[:, 0, 0].tolist()


def test_overrides_of_one_ray_are_what_their_names_say():
    weights = (0.1, 0.3, 0.0, 0.6)
    assert one_of(AsTrained(), *weights) == pytest.approx(weights)
    assert one_of(ArgMax(), *weights) == [0, 0, 0, 1]
    assert one_of(FrontMost(0.2), *weights) == [0, 1, 0, 0]
    assert one_of(FrontMost(0.7), *weights) == [0, 0, 0, 1]  # none: the most likely
    assert one_of(Uniform(), *weights) == pytest.approx([0.25] * 4)
    squares = np.square(weights)
    assert one_of(Temperature(0.5), *weights) == pytest.approx(list(squares / squares.sum()))


@pytest.mark.parametrize("value", [0.25, 1.0, 4.0])
def test_a_temperature_divides_the_logits(logits, value):
    weights = torch.softmax(logits, dim=0)
    expected = torch.softmax(logits / value, dim=0)
    assert torch.allclose(overridden(weights, Temperature(value)), expected, atol=1e-5)


@pytest.mark.parametrize(
    "override", [ArgMax(), Temperature(0.1), Temperature(9), FrontMost(0.1), Uniform()]
)
def test_overridden_weights_still_sum_to_one(logits, override):
    weights = overridden(torch.softmax(logits, dim=0), override)
    assert weights.shape == logits.shape
    assert torch.allclose(weights.sum(dim=0), torch.ones(64, 64), atol=1e-5)


def test_impossible_parameters_are_refused_in_one_line():
    for make in (lambda: Temperature(0), lambda: Temperature(float("nan")), lambda: FrontMost(1)):
        with pytest.raises(UserError, match="must be"):
            make()


def test_a_box_is_given_in_x_y_z_and_masks_in_z_y_x():
    mask = Box((1, 2, 3), (2, 4, 6)).mask(8)
    assert mask.sum() == 1 * 2 * 3
    assert mask[3:6, 2:4, 1].all()
    assert not Box((5, 5, 5), (2, 9, 9)).mask(8).any()
    assert Box((-9, -9, -9), (99, 99, 99)).mask(8).all()


def test_a_set_of_voxels_is_the_mask_it_was_made_of():
    mask = np.random.default_rng(0).random((5, 5, 5)) > 0.7
    assert (VoxelSet.of_mask(mask).mask(5) == mask).all()
    with pytest.raises(UserError, match="another scene"):
        VoxelSet((125,)).mask(5)


@pytest.fixture(scope="module")
def grids():
    scene = random_scene()
    model = load_parts(scene, "grid", "inpainting.")
    with torch.inference_mode():
        return model.grid, model.inpaint(model.grid), model.inpaint


def under(grids, *edits, inpainting=Inpainting.BYPASSED):
    with torch.inference_mode():
        return edited_grid(Interventions(edits=edits, inpainting=inpainting), *grids)


def test_bypassed_edits_change_the_inpainted_grid_there_and_nowhere_else(grids):
    raw, inpainted, _ = grids
    inside = torch.from_numpy(HALF.mask(SIDE))
    zeroed = under(grids, GridEdit(HALF, Action.ZERO))
    assert (zeroed[:, inside] == 0).all()
    assert torch.equal(zeroed[:, ~inside], inpainted[:, ~inside])
    bared = under(grids, GridEdit(HALF, Action.RAW))
    assert torch.equal(bared[:, inside], raw[:, inside])
    assert torch.equal(bared[:, ~inside], inpainted[:, ~inside])


def test_noise_has_each_features_mean_and_deviation_and_follows_its_seed(grids):
    inpainted = grids[1]
    noisy = under(grids, GridEdit(WHOLE, Action.NOISE, seed=7))
    assert torch.equal(noisy, under(grids, GridEdit(WHOLE, Action.NOISE, seed=7)))
    assert not torch.equal(noisy, under(grids, GridEdit(WHOLE, Action.NOISE, seed=8)))
    for feature, like in zip(noisy, inpainted, strict=True):
        deviation = float(like.std())
        assert float(feature.mean()) == pytest.approx(float(like.mean()), abs=0.2 * deviation)
        assert float(feature.std()) == pytest.approx(deviation, rel=0.1)
    half = under(grids, GridEdit(HALF, Action.NOISE, seed=7))
    inside = torch.from_numpy(HALF.mask(SIDE))
    assert torch.equal(half[:, inside], noisy[:, inside])


def test_inpainting_again_runs_on_the_edited_raw_grid(grids):
    raw, _, inpaint = grids
    inside = torch.from_numpy(HALF.mask(SIDE))
    emptied = raw.clone()
    emptied[:, inside] = 0
    with torch.inference_mode():
        expected = inpaint(emptied)
    healed = under(grids, GridEdit(HALF, Action.ZERO), inpainting=Inpainting.AGAIN)
    assert torch.equal(healed, expected)
    assert not torch.equal(healed[:, inside], torch.zeros_like(healed[:, inside]))


def test_frozen_voxels_stay_what_they_were_whatever_is_inpainted_around_them(grids):
    inpainted = grids[1]
    rest = Box((SIDE // 2, 0, 0), (SIDE, SIDE, SIDE))
    inside = torch.from_numpy(HALF.mask(SIDE))
    edits = GridEdit(HALF, Action.FREEZE), GridEdit(rest, Action.ZERO)
    grid = under(grids, *edits, inpainting=Inpainting.AGAIN)
    assert torch.equal(grid[:, inside], inpainted[:, inside])
    unfrozen = under(grids, edits[1], inpainting=Inpainting.AGAIN)
    assert not torch.equal(unfrozen[:, inside], inpainted[:, inside])


@pytest.mark.parametrize("inpainting", Inpainting)
def test_later_edits_win(grids, inpainting):
    zero, freeze = GridEdit(HALF, Action.ZERO), GridEdit(HALF, Action.FREEZE)
    assert torch.allclose(under(grids, zero, freeze, inpainting=inpainting), grids[1], atol=1e-5)
    zeroed = under(grids, freeze, zero, inpainting=inpainting)
    assert torch.equal(zeroed, under(grids, zero, inpainting=inpainting))


def test_without_interventions_pictures_are_the_same_to_the_bit():
    scene = random_scene()
    renderer = TorchRenderer(scene, FLOAT32)
    assert isinstance(renderer, Intervening)
    before = renderer.render(scene.start_camera, EVERYTHING)
    changed = Interventions(ArgMax(), (GridEdit(HALF, Action.ZERO),), Inpainting.AGAIN)
    renderer.intervene(changed)
    between = renderer.render(scene.start_camera, EVERYTHING)
    renderer.intervene(NO_INTERVENTIONS)
    after = renderer.render(scene.start_camera, EVERYTHING)
    assert (before.float_picture == after.float_picture).all()
    assert (before.visibility == after.visibility).all()
    assert np.abs(before.float_picture - between.float_picture).max() > 0.01
    assert (before.interventions, after.interventions) == (NO_INTERVENTIONS, NO_INTERVENTIONS)
    assert between.interventions == changed


def test_an_overridden_picture_is_collapsed_by_the_overridden_weights():
    scene = random_scene()
    renderer = TorchRenderer(scene, FLOAT32)
    trained = renderer.render(scene.start_camera, EVERYTHING)
    renderer.intervene(Interventions(ArgMax()))
    frame = renderer.render(scene.start_camera, EVERYTHING)
    assert set(np.unique(frame.visibility)) == {0, 1}
    assert (frame.visibility.argmax(axis=0) == trained.visibility.argmax(axis=0)).all()
    assert frame.entropy == pytest.approx(0, abs=1e-6)
    likely = scene.frustum.plane_depths[trained.visibility.argmax(axis=0)]
    assert frame.depth == pytest.approx(likely, abs=1e-5)


def test_a_scene_without_a_single_feature_shows_no_surface():
    scene = random_scene()
    renderer = TorchRenderer(scene, FLOAT32)
    renderer.intervene(Interventions(edits=(GridEdit(WHOLE, Action.ZERO),)))
    assert np.isnan(renderer.render(scene.start_camera).contribution_depth).all()


def test_a_model_without_depth_weights_can_have_its_grid_edited():
    scene = random_scene(SMALL_COLLAPSE)
    renderer = TorchRenderer(scene, FLOAT32)
    before = renderer.render(scene.start_camera, Extra.FLOAT_PICTURE)
    renderer.intervene(Interventions(ArgMax(), (GridEdit(Box((0,) * 3, (4, 8, 8)), Action.ZERO),)))
    after = renderer.render(scene.start_camera, Extra.FLOAT_PICTURE)
    assert np.abs(before.float_picture - after.float_picture).max() > 1e-3


def test_a_scene_that_kept_only_its_inpainted_grid_says_so_and_stays_as_it_is():
    whole = random_scene()
    tensors = whole.weights.load("occlusion.", "rendering.")
    tensors[INPAINTED_GRID] = load_inpainted_grid(whole)
    scene = replace(whole, weights=MemoryWeights(tensors))
    renderer = TorchRenderer(scene, FLOAT32)
    before = renderer.render(scene.start_camera, Extra.FLOAT_PICTURE)
    with pytest.raises(CheckpointError, match="missing"):
        renderer.intervene(Interventions(edits=(GridEdit(HALF, Action.RAW),)))
    after = renderer.render(scene.start_camera, Extra.FLOAT_PICTURE)
    assert after.interventions == NO_INTERVENTIONS
    assert (before.float_picture == after.float_picture).all()
    renderer.intervene(Interventions(edits=(GridEdit(HALF, Action.ZERO),)))  # needs no raw grid
    zeroed = renderer.render(scene.start_camera, Extra.FLOAT_PICTURE)
    assert (before.float_picture != zeroed.float_picture).any()


def test_views_with_and_without_edits_take_turns_without_editing_anew(monkeypatch):
    scene = random_scene()
    renderer = TorchRenderer(scene, FLOAT32)
    edited, calls = Interventions(edits=(GridEdit(HALF, Action.ZERO),)), []

    def counted(*arguments):
        calls.append(1)
        return edited_grid(*arguments)

    monkeypatch.setattr("dvox_core.rendering.apply_interventions.edited_grid", counted)
    pictures = []
    for wanted in (edited, NO_INTERVENTIONS, edited, replace(edited, occlusion=ArgMax())):
        renderer.intervene(wanted)
        pictures.append(renderer.render(scene.start_camera).picture)
    assert len(calls) == 1
    assert (pictures[0] == pictures[2]).all()
    assert (pictures[0] != pictures[1]).any()


def test_an_observed_grid_is_rendered_and_edited_in_the_trained_ones_place():
    scene = random_scene()
    renderer = TorchRenderer(scene, Target(torch.device("cpu"), torch.float32))
    camera = scene.start_camera
    trained = renderer.render(camera).picture.astype(int)
    own = load_parts(scene, "grid").grid.numpy()
    renderer.intervene(Interventions(grid=observed_grid(own, ("a",))))
    same = renderer.render(camera)
    assert np.abs(same.picture.astype(int) - trained).max() <= 3  # rounded to half precision
    assert same.interventions.grid is not None
    renderer.intervene(Interventions(grid=observed_grid(0 * own, ())))
    empty = renderer.render(camera).picture.astype(int)
    assert np.abs(empty - trained).max() > 20
    everything = GridEdit(Box((0, 0, 0), (99, 99, 99)), Action.RAW)
    renderer.intervene(Interventions(edits=(everything,), grid=observed_grid(own, ("a",))))
    bared = renderer.render(camera).picture
    renderer.intervene(Interventions(edits=(everything,)))
    assert np.abs(renderer.render(camera).picture.astype(int) - bared).max() <= 3
    with pytest.raises(UserError, match="open the scene that it was observed with"):
        renderer.intervene(Interventions(grid=observed_grid(own[:2], ())))
    kept_only = without(scene, "grid", "inpainting.")
    renderer = TorchRenderer(kept_only, Target(torch.device("cpu"), torch.float32))
    with pytest.raises(UserError, match="no inpainting network"):
        renderer.intervene(Interventions(grid=observed_grid(own, ())))


def without(scene, *parts):
    """The scene with its inpainted grid, and without these parts."""
    tensors = {INPAINTED_GRID: load_inpainted_grid(scene), **scene.weights.load("")}
    kept = {name: tensor for name, tensor in tensors.items() if not name.startswith(parts)}
    return replace(scene, weights=MemoryWeights(kept))
