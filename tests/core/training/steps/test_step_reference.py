"""The training step against numbers that the authors' implementation produced."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from dvox_core.checkpoints.upstream import DISCRIMINATOR, read_upstream
from dvox_core.checkpoints.upstream_names import discriminator_names, model_names
from dvox_core.data.deepvoxels_files import read_intrinsics
from dvox_core.geometry import resampling
from dvox_core.geometry.frustum import frustum_for
from dvox_core.model.deepvoxels import DeepVoxels
from dvox_core.networks.discriminator import Discriminator
from dvox_core.training.steps import lifting_rows, plain_step
from dvox_core.training.steps.acceleration import accelerate, scale_dropout
from dvox_core.training.steps.fast_step import FastStep
from dvox_core.training.steps.plain_step import PlainStep
from dvox_core.training.steps.step import StepInputs, StepOutcome

FOLDER = Path(__file__).parents[5] / "shared" / "reference" / "occlusion128"
CPU = torch.device("cpu")

pytestmark = pytest.mark.skipif(
    not (FOLDER / "train_step").is_dir(), reason="the authors' reference numbers are not here"
)


@pytest.fixture(scope="module", params=["plain", "fast"])
def step(request: pytest.FixtureRequest) -> tuple[StepOutcome, DeepVoxels, Discriminator]:
    return compute(request.param, torch.float32)


def compute(kind: str, precision: torch.dtype) -> tuple[StepOutcome, DeepVoxels, Discriminator]:
    checkpoint = read_upstream(FOLDER / "train_step" / "checkpoint.pth")
    model, discriminator = DeepVoxels(checkpoint.config), Discriminator()
    tensors = dict(checkpoint.tensors)
    model.load_state_dict({n: t for n, t in tensors.items() if not n.startswith(DISCRIMINATOR)})
    discriminator.load_state_dict(
        {
            n.removeprefix(DISCRIMINATOR): t
            for n, t in tensors.items()
            if n.startswith(DISCRIMINATOR)
        }
    )
    for network in (model, discriminator):
        network.train().to(precision)
        scale_dropout(network, 0.0)
    placed = read_intrinsics(FOLDER / "intrinsics.txt")
    frustum = frustum_for(
        placed.intrinsics, placed.near_plane, placed.placement, checkpoint.config.grid_size
    )
    parts = (model, discriminator, frustum, placed.placement, 200.0)
    if kind == "plain":
        run: Any = PlainStep(*parts)
    else:
        accelerate(model, CPU)
        accelerate(discriminator, CPU)
        run = FastStep(*parts, CPU, torch.autocast("cpu", enabled=False))
    given = expected()
    outcome = run(
        StepInputs(
            grid=model.grid.clone(),
            source_picture=torch.from_numpy(given["source_image"]).to(precision),
            source_pose=torch.from_numpy(given["source_pose"]).double(),
            target_pictures=torch.from_numpy(given["target_images"]).to(precision),
            target_poses=tuple(torch.from_numpy(given["target_poses"]).double()),
            source_key=0,
            target_keys=(1, 2),
        )
    )
    return outcome, model, discriminator


def expected() -> dict[str, np.ndarray]:
    with np.load(FOLDER / "train_step" / "expected.npz") as stored:
        return dict(stored)


def test_losses_are_the_authors(step: tuple[StepOutcome, DeepVoxels, Discriminator]) -> None:
    outcome, given = step[0], expected()
    assert outcome.discriminator_loss is not None
    np.testing.assert_allclose(outcome.l1.numpy(), given["l1"], atol=1e-4)
    assert float(outcome.generator_loss) == pytest.approx(float(given["generator_loss"]), rel=1e-4)
    assert float(outcome.discriminator_loss) == pytest.approx(
        float(given["discriminator_loss"]), abs=1e-4
    )


def test_grid_pictures_and_depths_are_the_authors(
    step: tuple[StepOutcome, DeepVoxels, Discriminator],
) -> None:
    outcome, given = step[0], expected()
    assert outcome.relative_depth is not None
    np.testing.assert_allclose(outcome.grid.numpy(), given["integrated"], atol=1e-3)
    np.testing.assert_allclose(outcome.outputs.numpy(), given["outputs"], atol=1e-3)
    np.testing.assert_allclose(outcome.relative_depth.numpy(), given["depth"][:, 0], atol=1e-3)


def test_gradients_have_the_authors_norms(
    step: tuple[StepOutcome, DeepVoxels, Discriminator],
) -> None:
    # Deep in the U-Nets batch norms see as few as four pixels and turn a rounding of 1e-7 into
    # per cents, of the authors' numbers too; the bulk of the parameters is not so touchy.
    deviations = norm_deviations(*step[1:])
    assert len(deviations) == 229 + 16 - 4  # four biases have no gradient but rounding
    assert sorted(deviations.values())[len(deviations) // 2] < 0.005
    assert sum(deviation < 0.01 for deviation in deviations.values()) > 0.85 * len(deviations)


@pytest.mark.parametrize("kind", ["plain", "fast"])
def test_in_float64_every_gradient_has_the_authors_norm(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (plain_step, lifting_rows):
        monkeypatch.setattr(module, "project_voxels", in_float64(module.project_voxels))
    monkeypatch.setattr(resampling, "frustum_points", doubled(resampling.frustum_points))
    _, model, discriminator = compute(kind, torch.float64)
    deviations = norm_deviations(model, discriminator)
    name = max(deviations, key=lambda name: deviations[name])
    assert deviations[name] < 0.01, name


def norm_deviations(model: DeepVoxels, discriminator: Discriminator) -> dict[str, float]:
    """Relative deviation of every gradient's norm from the authors'; without those of zero."""
    norms = json.loads((FOLDER / "train_step" / "gradients.json").read_text())
    deviations = {}
    for network, names, stored in (
        (model, model_names(model.config), norms["generator_grad_norm"]),
        (discriminator, discriminator_names(), norms["discriminator_grad_norm"]),
    ):
        for name, parameter in network.named_parameters():
            known = next(stored[theirs] for theirs in names[name] if theirs in stored)
            assert parameter.grad is not None, name
            if known > 1e-6:
                deviations[name] = abs(float(parameter.grad.norm()) / known - 1)
            else:
                assert float(parameter.grad.norm()) < 1e-5, name
    return deviations


def in_float64(project: Any) -> Any:
    def projected(*arguments: Any) -> Any:
        u, v, seen = project(*arguments)
        return u.double(), v.double(), seen

    return projected


def doubled(function: Any) -> Any:
    return lambda *arguments: function(*arguments).double()
