"""Applies interventions to depth weights and to the voxel grid."""

from collections.abc import Callable
from typing import assert_never

import torch
from torch import Tensor

from dvox_core.errors import UserError
from dvox_core.model.deepvoxels import DeepVoxels
from dvox_core.model.loading import load_parts
from dvox_core.model.scene import Scene
from dvox_core.rendering.interventions import (
    Action,
    ArgMax,
    AsTrained,
    FrontMost,
    GridEdit,
    Inpainting,
    Interventions,
    OcclusionOverride,
    Temperature,
    Uniform,
)
from dvox_core.rendering.observed_grid import ObservedGrid

NO_INPAINTING = "the file has no inpainting network"


def has_inpainting(scene: Scene) -> bool:
    """Whether a grid can be inpainted with the scene's own network."""
    return any(name.startswith("inpainting.") for name in scene.weights.shapes())


def overridden(visibility: Tensor, override: OcclusionOverride) -> Tensor:
    """Depth weights [D, P, P] under an override: the same shape, each ray summing to 1.

    Temperature works on the logarithms of the weights, which are the logits but for a constant a
    ray; a weight that is 0 in float32 stays 0.
    """
    match override:
        case AsTrained():
            return visibility
        case ArgMax():
            return _all_weight_on(visibility.argmax(dim=0), visibility)
        case Temperature(value):
            return torch.softmax(visibility.log() / value, dim=0)
        case FrontMost(threshold):
            above = visibility > threshold
            first = above.to(torch.uint8).argmax(dim=0)
            plane = torch.where(above.any(dim=0), first, visibility.argmax(dim=0))
            return _all_weight_on(plane, visibility)
        case Uniform():
            return torch.full_like(visibility, 1 / visibility.shape[0])
        case _:
            assert_never(override)


class GridEditor:
    """Edits the grid of one scene; reads what was before inpainting once it is needed."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._model: DeepVoxels | None = None
        self._inpainting: DeepVoxels | None = None
        self._observed: tuple[ObservedGrid, Tensor] | None = None  # the last one, inpainted

    def edited(self, interventions: Interventions, inpainted: Tensor) -> Tensor:
        """The grid [F, G, G, G] that is rendered under the edits.

        Args:
            inpainted: [F, G, G, G] on the CPU, of the unedited scene.

        Raises:
            CheckpointError: the scene's file does not keep what the edits need.
            UserError: the edits or the observed grid are of another scene.
        """
        if interventions.grid is not None:
            return self._edited_observed(interventions, interventions.grid)
        if not interventions.needs_raw_grid:
            return edited_grid(interventions, inpainted, inpainted, lambda grid: grid)
        if self._model is None:
            self._model = load_parts(self._scene, "grid", "inpainting.")
        return edited_grid(interventions, self._model.grid, inpainted, self._model.inpaint)

    def _edited_observed(self, interventions: Interventions, observed: ObservedGrid) -> Tensor:
        """The edits on an observed grid, which is inpainted as the trained one was."""
        if not has_inpainting(self._scene):
            raise UserError(
                f"{self._scene.name}: {NO_INPAINTING}, through which an observed grid is rendered; "
                "open the scene that it was observed with"
            )
        raw = torch.from_numpy(observed.float_features)
        if raw.shape != self._shape:
            raise UserError(
                f"{self._scene.name}: the observed grid is {list(raw.shape)} where the scene's is "
                f"{list(self._shape)}; open the scene that it was observed with"
            )
        if self._inpainting is None:
            self._inpainting = load_parts(self._scene, "inpainting.")
        if self._observed is None or self._observed[0] != observed:
            self._observed = (observed, self._inpainting.inpaint(raw))
        return edited_grid(interventions, raw, self._observed[1], self._inpainting.inpaint)

    @property
    def _shape(self) -> tuple[int, ...]:
        config = self._scene.voxel_config
        return (config.features, *[config.grid_size] * 3)


def edited_grid(
    interventions: Interventions,
    raw: Tensor,  # [F, G, G, G], before inpainting
    inpainted: Tensor,  # [F, G, G, G], of the unedited scene
    inpaint: Callable[[Tensor], Tensor],  # [F, G, G, G] → the same, called at most once
) -> Tensor:
    """The grid [F, G, G, G] that is rendered under the edits."""
    if interventions.inpainting is Inpainting.BYPASSED:
        grid = inpainted.clone()
        for edit in interventions.edits:
            _edit(grid, edit, raw, inpainted)
        return grid
    # Frozen and raw voxels are put in after inpainting; an edit later in the list takes them back.
    state, frozen, bared = raw.clone(), _no_voxels(raw), _no_voxels(raw)
    for edit in interventions.edits:
        mask = _mask(edit, raw)
        _edit(state, edit, raw, raw)
        frozen[mask] = edit.action is Action.FREEZE
        bared[mask] = edit.action is Action.RAW
    grid = inpaint(state).clone()
    grid[:, frozen] = inpainted[:, frozen]
    grid[:, bared] = raw[:, bared]
    return grid


def _edit(grid: Tensor, edit: GridEdit, raw: Tensor, kept: Tensor) -> None:
    """Edit `grid` in place; frozen voxels are taken from `kept`."""
    mask = _mask(edit, grid)
    match edit.action:
        case Action.ZERO:
            grid[:, mask] = 0
        case Action.NOISE:
            grid[:, mask] = _noise(kept, edit.seed)[:, mask]
        case Action.FREEZE:
            grid[:, mask] = kept[:, mask]
        case Action.RAW:
            grid[:, mask] = raw[:, mask]
        case _:
            assert_never(edit.action)


def _noise(like: Tensor, seed: int) -> Tensor:
    """Gaussian noise of the shape of a grid, with each feature's own mean and deviation.

    Drawn for the whole grid on the CPU, so that neither the region nor the device matters.
    """
    noise = torch.randn(like.shape, generator=torch.Generator().manual_seed(seed)).to(like.device)
    deviation, mean = torch.std_mean(like, dim=(1, 2, 3), keepdim=True, correction=0)
    return noise * deviation + mean


def _mask(edit: GridEdit, grid: Tensor) -> Tensor:
    return torch.from_numpy(edit.region.mask(grid.shape[-1])).to(grid.device)


def _no_voxels(grid: Tensor) -> Tensor:
    return torch.zeros(grid.shape[1:], dtype=torch.bool, device=grid.device)


def _all_weight_on(planes: Tensor, visibility: Tensor) -> Tensor:
    """All weight on one plane [P, P] of each ray."""
    return torch.zeros_like(visibility).scatter_(0, planes[None], 1.0)
