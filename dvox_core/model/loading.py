"""Builds the parts of a model that a task needs from a scene's weights."""

import functools
from collections.abc import Mapping

import torch
from torch import Tensor

from dvox_core.errors import CheckpointError
from dvox_core.model.config import ModelConfig
from dvox_core.model.deepvoxels import DeepVoxels
from dvox_core.model.kinds import AnyConfig
from dvox_core.model.picture_config import PictureModelConfig
from dvox_core.model.picture_networks import (
    CODE_POSES,
    CODES,
    ENCODER,
    PictureNetwork,
    create_network,
    has_codes,
)
from dvox_core.model.scene import Scene, ShareRead, WeightSource, ignore_share

RENDERING_PARTS = ("occlusion.", "depth_collapse.", "rendering.")
"""The networks that run for every frame."""

CPU = torch.device("cpu")

INPAINTED_GRID = "inpainted_grid"
"""Name of the stored inpainted grid; a scene without it has `grid` and `inpainting.…`."""


def expected_shapes(config: AnyConfig) -> dict[str, tuple[int, ...]]:
    """Every tensor of a whole model of this configuration, by name."""
    return dict(_expected_shapes(config))


@functools.lru_cache(maxsize=8)  # 0.1 s, and a scene's first picture asks five times
def _expected_shapes(config: AnyConfig) -> dict[str, tuple[int, ...]]:
    with torch.device("meta"):
        if isinstance(config, ModelConfig):
            state = DeepVoxels(config).state_dict()
        else:
            state = create_network(config).state_dict()
    return {name: tuple(tensor.shape) for name, tensor in state.items()}


def load_parts(scene: Scene, *prefixes: str, device: torch.device = CPU) -> DeepVoxels:
    """A model in evaluation mode whose parts under `prefixes` are loaded onto `device`.

    The other parts take no memory (they stay on torch's meta device) and cannot be used.

    Raises:
        CheckpointError: a tensor is missing, of the wrong shape, or not finite; it is named.
    """
    config, shapes = scene.voxel_config, scene.weights.shapes()
    check_tensors(
        {name: shape for name, shape in shapes.items() if name.startswith(prefixes)},
        config,
        *prefixes,
    )
    tensors = scene.weights.load(*prefixes)
    with torch.device("meta"):
        model = DeepVoxels(config)
    tensors = {name: tensor.to(device) for name, tensor in tensors.items()}
    model.load_state_dict(tensors, strict=False, assign=True)
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    return model.eval()


def load_picture_network(scene: Scene, device: torch.device = CPU) -> PictureNetwork:
    """A learned baseline's network in evaluation mode, its rendering parts on `device`.

    Raises:
        CheckpointError: a tensor is missing, of the wrong shape, or not finite; it is named.
    """
    config = scene.config
    assert isinstance(config, PictureModelConfig)
    prefixes = _picture_parts(config)
    check_tensors(scene.weights.shapes(), config, *prefixes)
    tensors = scene.weights.load(*prefixes)
    with torch.device("meta"):
        network = create_network(config)
    tensors = {name: tensor.to(device) for name, tensor in tensors.items()}
    network.load_state_dict(tensors, strict=False, assign=True)
    for parameter in network.parameters():
        parameter.requires_grad_(False)
    return network.eval()


def load_codes(scene: Scene, device: torch.device = CPU) -> tuple[Tensor, Tensor]:
    """The training views' codes [N, latent] and poses [N, 4, 4] (on the CPU).

    Raises:
        CheckpointError: they are missing or do not fit each other.
    """
    _check_codes(scene.weights.shapes(), scene.config)
    tensors = scene.weights.load(CODES, CODE_POSES)
    return tensors[CODES].to(device), tensors[CODE_POSES]


def load_inpainted_grid(scene: Scene) -> Tensor:
    """The inpainted grid [F, G, G, G] float32: as stored, else computed from the raw grid."""
    if INPAINTED_GRID in scene.weights.shapes():
        return scene.weights.load(INPAINTED_GRID)[INPAINTED_GRID]
    model = load_parts(scene, "grid", "inpainting.")
    with torch.inference_mode():
        return model.inpaint(model.grid)


def check_renderable(
    weights: WeightSource, config: AnyConfig, report: ShareRead = ignore_share
) -> None:
    """Read once all that rendering needs.

    Args:
        report: told what share has been read; what it raises ends the reading.

    Raises:
        CheckpointError: something is missing, of the wrong shape, or not finite; it is named.
    """
    shapes = weights.shapes()
    if isinstance(config, PictureModelConfig):
        parts = _picture_parts(config)
        check_tensors(shapes, config, *parts)
        if has_codes(config):
            _check_codes(shapes, config)
            parts = (*parts, CODES, CODE_POSES)
        weights.check_finite(*parts, report=report)
        return
    if INPAINTED_GRID in shapes:
        grid_parts: tuple[str, ...] = (INPAINTED_GRID,)
    else:
        grid_parts = ("grid", "inpainting.")
    check_tensors(shapes, config, *grid_parts, *RENDERING_PARTS)
    weights.check_finite(*grid_parts, *RENDERING_PARTS, report=report)


def check_tensors(shapes: Mapping[str, tuple[int, ...]], config: AnyConfig, *prefixes: str) -> None:
    """Compare names and shapes under `prefixes` with what the configuration needs.

    Raises:
        CheckpointError: names the first tensors that are missing or of the wrong shape.
    """
    expected = expected_shapes(config)
    if isinstance(config, ModelConfig):
        expected[INPAINTED_GRID] = expected["grid"]
    needed = {name: shape for name, shape in expected.items() if name.startswith(prefixes)}
    missing = [name for name in needed if name not in shapes]
    if INPAINTED_GRID not in prefixes and INPAINTED_GRID in missing:
        missing.remove(INPAINTED_GRID)
    if missing:
        raise CheckpointError(f"missing {listing(missing)}; the file is incomplete")
    for name, shape in needed.items():
        if name in shapes and shapes[name] != shape:
            raise CheckpointError(
                f"tensor {name} has shape {list(shapes[name])} where {list(shape)} is needed; "
                "the file does not fit its own configuration"
            )


def _picture_parts(config: PictureModelConfig) -> tuple[str, ...]:
    """The top-level names of what rendering a baseline needs, without codes."""
    names = {name.partition(".")[0] for name in expected_shapes(config)}
    return tuple(sorted(names - {ENCODER.rstrip(".")}))


def _check_codes(shapes: Mapping[str, tuple[int, ...]], config: AnyConfig) -> None:
    assert isinstance(config, PictureModelConfig)
    codes, poses = shapes.get(CODES), shapes.get(CODE_POSES)
    if codes is None or poses is None:
        raise CheckpointError(f"missing tensor {CODES if codes is None else CODE_POSES}")
    count = codes[0] if codes else 0
    if count < 1 or codes != (count, config.latent) or poses != (count, 4, 4):
        raise CheckpointError(
            f"tensors {CODES} {list(codes)} and {CODE_POSES} {list(poses)} do not fit each other "
            f"and a code of {config.latent} numbers"
        )


def listing(names: list[str]) -> str:
    """The first three names in a sentence, and how many more there are."""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"tensor{'s' if len(names) > 1 else ''} {', '.join(names[:3])}{more}"


def require_finite(name: str, tensor: Tensor) -> None:
    """Raise a CheckpointError that names the tensor if it has NaN or infinity in it."""
    if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
        raise CheckpointError(
            f"tensor {name} has values that are not finite (NaN or infinity); "
            "the training run went wrong, take an earlier checkpoint"
        )
