"""Colours, norms, changes and likeness of voxel features."""

import time
from dataclasses import replace

import numpy as np
import pytest

from dvox_core.checkpoints.weights import MemoryWeights
from dvox_core.inspection.features import (
    change_by_inpainting,
    feature_norms,
    features_pca,
    fit_colors,
    invented_voxels,
    most_similar,
    similarity_to,
)
from dvox_core.inspection.grids import load_edited_grid, load_grids
from dvox_core.model.loading import INPAINTED_GRID
from dvox_core.rendering.interventions import Action, Box, GridEdit, Interventions
from tests.helpers.scenes import random_scene


@pytest.fixture
def grid():
    """Features of three strengths along known directions; most voxels alike."""
    random = np.random.default_rng(4)
    strengths = np.array([5.0, 2.0, 1.0])[:, None] * random.exponential(size=(3, 8**3))
    directions = np.linalg.qr(random.normal(size=(10, 10)))[0][:, :3]
    values = directions @ strengths + 0.01 * random.normal(size=(10, 8**3)) + 0.3
    return values.reshape(10, 8, 8, 8).astype(np.float32)


def test_components_are_those_of_the_covariance(grid):
    colors = fit_colors(grid)
    values = grid.reshape(10, -1)
    _, _, plain = np.linalg.svd((values - values.mean(axis=1, keepdims=True)).T)
    assert np.abs((colors.components * plain[:3]).sum(axis=1)) == pytest.approx(1, abs=1e-3)
    assert colors.shares.sum() == pytest.approx(1, abs=1e-3)
    assert list(colors.shares) == sorted(colors.shares, reverse=True)


def test_colours_fill_their_range(grid):
    colors = features_pca(grid)
    assert (colors.shape, colors.dtype) == ((3, 8, 8, 8), np.float32)
    assert colors.min() == 0
    assert colors.max() == 1
    assert (colors.std(axis=(1, 2, 3)) > 0.1).all()


def test_signs_do_not_depend_on_how_the_features_are_turned(grid):
    """Two scenes with the same content and other axes of features get the same colours."""
    turned = np.linalg.qr(np.random.default_rng(9).normal(size=(10, 10)))[0].astype(np.float32)
    other = np.tensordot(turned, grid, axes=1)
    mirrored = -grid
    for like in (other, mirrored):
        assert features_pca(like) == pytest.approx(features_pca(grid), abs=0.02)


def test_what_stands_out_is_bright():
    grid = np.zeros((4, 6, 6, 6), dtype=np.float32)
    grid[1, 2, 3, 4] = grid[1, 2, 3, 5] = grid[1, 1, 3, 5] = -3
    red = fit_colors(grid).colors(grid)[0]
    assert red[2, 3, 4] == 1
    assert red[0, 0, 0] == 0


@pytest.mark.parametrize("features", [1, 2])
def test_few_features_leave_components_dark(features):
    grid = np.random.default_rng(0).random((features, 4, 4, 4), dtype=np.float32)
    assert (features_pca(grid)[features:] == 0).all()


def test_a_flat_grid_has_one_colour():
    colors = features_pca(np.full((5, 4, 4, 4), 0.7, dtype=np.float32))
    assert np.isfinite(colors).all()


def test_norms_and_changes_are_euclidean(grid):
    assert feature_norms(grid) == pytest.approx(np.linalg.norm(grid, axis=0), abs=1e-4)
    other = grid.copy()
    other[:, 1, 2, 3] += 1
    change = change_by_inpainting(grid, other)
    assert change[1, 2, 3] == pytest.approx(np.sqrt(10), abs=1e-4)
    assert np.count_nonzero(change) == 1


def test_a_voxel_is_invented_where_something_came_of_nothing():
    raw, inpainted = np.zeros((2, 2, 4, 4, 4), dtype=np.float32)
    raw[:, 0, 0, 0] = inpainted[:, 0, 0, 0] = 1  # was there
    inpainted[:, 1, 2, 3] = 0.5  # was not
    inpainted[:, 3, 3, 3] = 0.01  # next to nothing
    assert np.argwhere(invented_voxels(raw, inpainted)).tolist() == [[1, 2, 3]]


def test_likeness_is_the_cosine_and_voxels_are_named_in_x_y_z(grid):
    voxel = (3, 2, 1)
    similarity = similarity_to(grid, voxel)
    one, other = grid[:, 1, 2, 3], grid[:, 7, 0, 5]
    cosine = one @ other / np.linalg.norm(one) / np.linalg.norm(other)
    assert similarity[7, 0, 5] == pytest.approx(cosine, abs=1e-4)
    assert similarity[1, 2, 3] == pytest.approx(1, abs=1e-5)
    nearest = most_similar(similarity, voxel, 5)
    assert nearest.shape == (5, 3)
    assert voxel not in map(tuple, nearest.tolist())
    values = [similarity[z, y, x] for x, y, z in nearest]
    assert values == sorted(values, reverse=True)
    assert values[0] == np.sort(similarity, axis=None)[-2]


def test_a_voxel_without_features_is_like_none():
    grid = np.ones((3, 4, 4, 4), dtype=np.float32)
    grid[:, 0, 0, 0] = 0
    assert (similarity_to(grid, (0, 0, 0)) == 0).all()
    assert similarity_to(grid, (1, 1, 1))[0, 0, 0] == 0


@pytest.mark.parametrize("size", [1e-15, 1e9, 1e19, 1e30])
def test_features_of_any_size_look_as_those_of_usual_size(grid, size):
    resized = grid * np.float32(size)
    voxel = (2, 1, 3)
    np.testing.assert_allclose(feature_norms(resized), size * feature_norms(grid), rtol=1e-5)
    np.testing.assert_allclose(similarity_to(resized, voxel), similarity_to(grid, voxel), atol=1e-5)
    np.testing.assert_allclose(features_pca(resized), features_pca(grid), atol=1e-4)


def test_principal_components_of_a_full_size_grid_are_quick():
    grid = np.random.default_rng(0).normal(size=(64, 32, 32, 32)).astype(np.float32)
    features_pca(grid)  # the first call sets up threads

    def seconds():
        start = time.thread_time()
        features_pca(grid)
        return time.thread_time() - start

    # Of this thread's own time, the best of a few: other work on the machine does not count.
    assert min(seconds() for _ in range(4)) < 0.05


def test_grids_of_a_scene_are_loaded_as_stored_and_as_edited():
    scene = random_scene()
    grids = load_grids(scene)
    assert grids.raw.shape == grids.inpainted.shape == (6, 12, 12, 12)
    assert not np.allclose(grids.raw, grids.inpainted)
    edit = GridEdit(Box((0, 0, 0), (1, 12, 12)), Action.RAW)
    edited = load_edited_grid(scene, Interventions(edits=(edit,)))
    assert (edited[..., 0] == grids.raw[..., 0]).all()
    assert (edited[..., 1:] == grids.inpainted[..., 1:]).all()
    tensors = scene.weights.load("occlusion.", "rendering.")
    tensors[INPAINTED_GRID] = scene.weights.load("grid")["grid"]
    bare = replace(scene, weights=MemoryWeights(tensors))
    assert load_grids(bare).raw is None
