"""The kinds of models that a scene can be of."""

from collections.abc import Mapping
from typing import Any, get_args

from dvox_core.errors import CheckpointError, UserError
from dvox_core.model.config import ModelConfig
from dvox_core.model.picture_config import PictureKind, PictureModelConfig

AnyConfig = ModelConfig | PictureModelConfig

SYSTEM_TITLES: Mapping[str, str] = {
    "deepvoxels": "DeepVoxels",
    "pix2pix": "Pix2Pix",
    "tatarchenko": "Tatarchenko et al.",
    "worrall": "Worrall et al.",
}
"""What people call the kinds."""


def config_from_json(values: Mapping[str, Any]) -> AnyConfig:
    """The configuration of `to_json`; without a kind it is of DeepVoxels.

    Raises:
        CheckpointError: a kind that this version does not know, or sizes that cannot be.
        TypeError: a size that is missing or not known.
    """
    kind = values.get("kind", "deepvoxels")
    if kind == "deepvoxels":
        return ModelConfig(**values)
    if kind not in get_args(PictureKind):
        raise CheckpointError(f"is of the kind “{kind}”, which this program does not know")
    return PictureModelConfig(**values)


def require_voxels(config: AnyConfig) -> ModelConfig:
    """The configuration of a model that has a voxel grid.

    Raises:
        UserError: the system has none.
    """
    if isinstance(config, ModelConfig):
        return config
    raise UserError(f"{SYSTEM_TITLES[config.kind]} has no voxels; choose a DeepVoxels scene")
