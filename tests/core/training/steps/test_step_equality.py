"""The fast training step computes what the plain one computes."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from dvox_core.data.view_sampling import load_training_views
from dvox_core.geometry.frustum import Frustum, frustum_for
from dvox_core.geometry.resampling import RowSampler
from dvox_core.model.config import ModelConfig
from dvox_core.model.deepvoxels import DeepVoxels
from dvox_core.networks.discriminator import Discriminator
from dvox_core.training.estimates.step_speed import compare_steps, random_capture
from dvox_core.training.steps import lifting_rows, plain_step
from dvox_core.training.steps.acceleration import accelerate, scale_dropout
from dvox_core.training.steps.fast_step import FastStep
from dvox_core.training.steps.plain_step import PlainStep
from dvox_core.training.steps.step import StepInputs, StepOutcome

CPU = torch.device("cpu")
CONFIG = ModelConfig(image_size=128, grid_size=8, features=4, base_channels=4)


def test_fast_and_plain_step_agree_to_rounding_in_float64(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # In float32 the small batch norms deep in the U-Nets turn a rounding of 1e-7 into per cents of
    # the gradient, so equality shows in float64 only, and only from the very same sample points.
    capture = random_capture(tmp_path, CONFIG.image_size)
    views = load_training_views(capture, CONFIG.image_size)
    side = CONFIG.grid_size
    frustum = frustum_for(capture.intrinsics, capture.near_plane, capture.placement, side)
    sampler = RowSampler(frustum, capture.placement, side, CPU)
    poses = iter([views.poses[1], views.poses[2]])

    def same_points(grid: Tensor, _: Frustum, transform: Tensor) -> Tensor:
        found = sampler.locate(next(poses))
        volume = grid.new_zeros(frustum.plane_count * 64 * 64, grid.shape[0])
        samples = (grid.flatten(1).T[found.rows.long()] * found.weights[..., None]).sum(dim=1)
        volume = volume.index_put((found.planes * 64 * 64 + found.rays,), samples)
        return volume.T.reshape(grid.shape[0], frustum.plane_count, 64, 64)

    monkeypatch.setattr(plain_step, "view_volume", same_points)
    for module in (plain_step, lifting_rows):
        monkeypatch.setattr(module, "project_voxels", in_float64(module.project_voxels))

    networks = {}
    outcomes: dict[str, StepOutcome] = {}
    for kind in ("plain", "fast"):
        torch.manual_seed(0)
        model, discriminator = DeepVoxels(CONFIG).double(), Discriminator().double()
        for network in (model, discriminator):
            network.train()
            scale_dropout(network, 0.0)
        networks[kind] = (model, discriminator)
        parts = (model, discriminator, frustum, capture.placement, 200.0)
        if kind == "fast":
            accelerate(model, CPU)
            accelerate(discriminator, CPU)
            step = FastStep(*parts, CPU, torch.autocast("cpu", enabled=False))
        else:
            step = PlainStep(*parts)
        outcomes[kind] = step(
            StepInputs(
                grid=torch.randn(4, 8, 8, 8, generator=torch.Generator().manual_seed(1)).double(),
                source_picture=views.picture_batch((0,), CPU)[0].double(),
                source_pose=views.poses[0],
                target_pictures=views.picture_batch((1, 2), CPU).double(),
                target_poses=(views.poses[1], views.poses[2]),
                source_key=0,
                target_keys=(1, 2),
            )
        )
    for name, expected in vars(outcomes["plain"]).items():
        torch.testing.assert_close(getattr(outcomes["fast"], name), expected, msg=name)
    for plain, fast in zip(networks["plain"], networks["fast"], strict=True):
        twins = dict(fast.named_parameters())
        for name, parameter in plain.named_parameters():
            gradient, expected = twins[name].grad, parameter.grad
            assert gradient is not None
            assert expected is not None
            torch.testing.assert_close(
                gradient, expected, rtol=1e-6, atol=1e-9, msg=lambda m, n=name: f"{n}: {m}"
            )
    # The running statistics of the model are those of pictures that came one by one.
    torch.testing.assert_close(networks["fast"][0].state_dict(), networks["plain"][0].state_dict())


def test_the_comparison_steps_both_ways_and_finds_the_same_losses() -> None:
    comparison = compare_steps(CONFIG, CPU, steps=2)
    assert comparison.loss_difference < 1e-3
    report = comparison.to_json()
    assert report["ratio"] == pytest.approx(report["plain"]["step_ms"] / report["fast"]["step_ms"])
    for kind in ("plain", "fast"):
        assert sum(report[kind]["stages_ms"].values()) > 0


def in_float64(
    project: Callable[..., tuple[Tensor, Tensor, Tensor]],
) -> Callable[..., tuple[Tensor, Tensor, Tensor]]:
    def projected(*arguments: object) -> tuple[Tensor, Tensor, Tensor]:
        u, v, seen = project(*arguments)
        return u.double(), v.double(), seen

    return projected
