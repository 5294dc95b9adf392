"""The scene that a training has made so far."""

from collections.abc import Mapping

from torch import Tensor

from dvox_core.checkpoints.weights import MemoryWeights
from dvox_core.data.capture import Capture
from dvox_core.model.kinds import AnyConfig
from dvox_core.model.scene import Scene, SceneCamera


def scene_in_training(capture: Capture, config: AnyConfig, tensors: Mapping[str, Tensor]) -> Scene:
    """A scene in memory: the capture's cameras and grid with these tensors."""
    return Scene(
        name=capture.name,
        path=None,
        file_format="memory",
        config=config,
        intrinsics=capture.intrinsics,
        placement=capture.placement,
        near_plane=capture.near_plane,
        weights=MemoryWeights(tensors),
        cameras=tuple(SceneCamera(view.name, view.split, view.camera) for view in capture.views),
    )
