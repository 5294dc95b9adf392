"""A view stage by stage, from the inpainted grid to the picture."""

from dataclasses import dataclass

import torch
from torch import Tensor

from dvox_core.geometry.cameras import Camera
from dvox_core.model.deepvoxels import DeepVoxels
from dvox_core.model.scene import Scene
from dvox_core.rendering.stopwatch import Stopwatch


@dataclass(frozen=True, eq=False)
class ViewStages:
    """One view of an inpainted grid; tensors on the device that computed them.

    Attributes:
        frustum: [F, D, P, P], the canonical view volume.
        visibility: [D, P, P], the depth weights; None with depth collapse.
        relative_depth: [P, P] in −½…½; None with depth collapse.
        collapsed: [F, P, P], the features without their depth.
        picture: [3, S, S] in −½…½.
        stages_ms: the time of each stage in milliseconds: resampling, occlusion, rendering.
    """

    frustum: Tensor
    visibility: Tensor | None
    relative_depth: Tensor | None
    collapsed: Tensor
    picture: Tensor
    stages_ms: dict[str, float]


@torch.no_grad()
def view_stages(model: DeepVoxels, inpainted: Tensor, scene: Scene, camera: Camera) -> ViewStages:
    """The stages of a view of an inpainted grid [F, G, G, G], with the model as it was trained."""
    watch = Stopwatch(inpainted.device)
    pose = torch.from_numpy(camera.camera_to_world.copy())
    frustum = model.resample(inpainted, pose, scene.frustum, scene.placement)
    watch.lap("resampling")
    collapsed = model.collapse(frustum)
    watch.lap("occlusion")
    picture = model.paint(collapsed.features)
    watch.lap("rendering")
    return ViewStages(
        frustum=frustum,
        visibility=collapsed.visibility,
        relative_depth=collapsed.relative_depth,
        collapsed=collapsed.features,
        picture=picture,
        stages_ms=watch.stages_ms,
    )
