"""The renderer the program uses: everything constant prepared once, only the camera's part a frame.

The view volume is never built: only samples inside the grid exist, as rows. See
`FusedOcclusionNetwork` for how those outside are left out.
"""

import torch
from torch import Tensor

from dvox_core import allocator
from dvox_core.geometry.cameras import Camera
from dvox_core.geometry.frustum import FEATURE_MAP_SIDE as P
from dvox_core.geometry.frustum import camera_hint
from dvox_core.geometry.resampling import FrustumSamples, RowSampler, grid_to_rows, sum_rows
from dvox_core.model.loading import RENDERING_PARTS, load_inpainted_grid, load_parts
from dvox_core.model.scene import Scene
from dvox_core.rendering.convolutions import Target
from dvox_core.rendering.frame import Extra, Frame
from dvox_core.rendering.fused_networks import (
    FusedDepthCollapse,
    FusedOcclusionNetwork,
    FusedRenderingNetwork,
)
from dvox_core.rendering.maps import entropy_bits, expected_depth, float_picture, picture_bytes
from dvox_core.rendering.renderer import RendererFacts
from dvox_core.rendering.stopwatch import Stopwatch

EMPTY_RAY = 0.02
"""Rays with less than this share of the largest contribution have no contribution depth."""


class TorchRenderer:
    """A `Renderer` on CPU, CUDA or MPS, in float32 or bfloat16."""

    def __init__(self, scene: Scene, target: Target, note: str = "") -> None:
        """Load, fold and pack all that rendering `scene` needs.

        Raises:
            CheckpointError: the scene's weights cannot be used.
            torch.OutOfMemoryError: the device's memory does not suffice.
        """
        self._scene, self._target, self._note = scene, target, note
        self._frustum = scene.frustum
        side, planes = scene.config.grid_size, scene.config.plane_count
        with torch.inference_mode():
            # Sampling and collapsing stay in float32: both are a few ms, and in bfloat16 they cost
            # 2 dB of the picture.
            self._rows = grid_to_rows(load_inpainted_grid(scene)).to(target.device)
            model = load_parts(scene, *RENDERING_PARTS)
            self._occlusion = self._depth_collapse = None
            if model.occlusion is not None:
                self._occlusion = FusedOcclusionNetwork(model.occlusion, target, planes)
            else:
                assert model.depth_collapse is not None
                self._depth_collapse = FusedDepthCollapse(model.depth_collapse, target)
            self._rendering = FusedRenderingNetwork(model.rendering, target)
            self._sampler = RowSampler(self._frustum, scene.placement, side, target.device)
            self._plane_depths = torch.from_numpy(self._frustum.plane_depths).to(target.device)
            features = scene.config.features
            self._planes = torch.empty(
                planes, P + 2, P + 2, features, device=target.device, dtype=target.dtype
            )

    @property
    def facts(self) -> RendererFacts:
        """What renders."""
        precision = str(self._target.dtype).removeprefix("torch.")
        return RendererFacts("torch", self._target.device.type, precision, self._note)

    @torch.inference_mode()
    def render(self, camera: Camera, extras: Extra = Extra.NONE) -> Frame:
        """Render the view from `camera`."""
        watch = Stopwatch(self._target.device)
        samples, features = self.resample(camera)
        watch.lap("resampling")
        visibility = contribution_depth = None
        if self._occlusion is not None:
            visibility = self._visibility(self._occlusion, samples, features)
            watch.lap("occlusion")
            collapsed, contribution_depth = self._collapse(samples, features, visibility)
            watch.lap("collapse")
        else:
            assert self._depth_collapse is not None
            collapsed = self._depth_collapse(self._whole_volume(samples, features))
            watch.lap("collapse")
        picture = self._rendering(collapsed.to(self._target.dtype))
        watch.lap("rendering")
        frame = self._frame(camera, extras, picture * 0.5 + 0.5, visibility, contribution_depth)
        watch.lap("picture")
        frame.stages_ms.update(watch.stages_ms)
        return frame

    @torch.inference_mode()
    def resample(self, camera: Camera) -> tuple[FrustumSamples, Tensor]:
        """The samples inside the grid as seen from `camera`, and their features [N, F]."""
        samples = self._sampler.locate(torch.from_numpy(camera.camera_to_world.copy()))
        return samples, sum_rows(self._rows, samples)

    def close(self) -> None:
        """Give memory back."""
        device = self._target.device
        self.__dict__.clear()
        allocator.give_freed_memory_back()
        if device.type == "cuda":
            torch.cuda.empty_cache()

    def _visibility(
        self, occlusion: FusedOcclusionNetwork, samples: FrustumSamples, features: Tensor
    ) -> Tensor:
        first, end = _plane_range(samples.planes, self._planes.shape[0])
        planes = self._planes[: end - first].zero_()
        row, column = samples.rays // P, samples.rays % P
        place = ((samples.planes - first) * (P + 2) + row + 1) * (P + 2) + column + 1
        planes.flatten(0, 2).index_copy_(0, place, features.to(planes.dtype))
        return occlusion(planes, first)

    def _collapse(
        self, samples: FrustumSamples, features: Tensor, visibility: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Collapsed features [1, F, P, P] channels-last, and contribution depth [P, P]."""
        plane_count = visibility.shape[0]
        weights = visibility.flatten(1)[samples.planes, samples.rays]
        numbers = torch.arange(len(weights), device=weights.device)
        starts = samples.ray_starts[:-1]

        def sum_by_ray(rows: Tensor, factors: Tensor) -> Tensor:
            return torch.nn.functional.embedding_bag(
                numbers, rows, starts, mode="sum", per_sample_weights=factors.to(rows.dtype)
            )

        collapsed = sum_by_ray(features, weights / plane_count)
        norms = torch.linalg.vector_norm(features, dim=1, dtype=torch.float32)
        depths = self._plane_depths[samples.planes]
        sums = sum_by_ray(torch.stack([norms * depths, norms], dim=1), weights)
        total = sums[:, 1]
        depth = torch.where(total > EMPTY_RAY * total.max(), sums[:, 0] / total, torch.nan)
        return collapsed.view(1, P, P, -1).permute(0, 3, 1, 2), depth.view(P, P)

    def _whole_volume(self, samples: FrustumSamples, features: Tensor) -> Tensor:
        """The view volume as maps [1, F·D, P, P], for depth collapse."""
        plane_count = self._planes.shape[0]
        volume = self._planes.new_zeros(P * P, features.shape[1], plane_count)
        volume[samples.rays, :, samples.planes] = features.to(volume.dtype)
        return volume.view(1, P, P, -1).permute(0, 3, 1, 2)

    def _frame(
        self,
        camera: Camera,
        extras: Extra,
        picture: Tensor,
        visibility: Tensor | None,
        contribution_depth: Tensor | None,
    ) -> Frame:
        depth = entropy = weights = None
        if visibility is not None:
            depth = expected_depth(visibility, self._frustum).cpu().numpy()
            entropy = entropy_bits(visibility).cpu().numpy() if Extra.ENTROPY in extras else None
            weights = visibility.cpu().numpy() if Extra.VISIBILITY in extras else None
        return Frame(
            camera=camera,
            picture=picture_bytes(picture),
            depth=depth,
            contribution_depth=None
            if contribution_depth is None
            else contribution_depth.cpu().numpy(),
            stages_ms={},
            entropy=entropy,
            visibility=weights,
            float_picture=float_picture(picture) if Extra.FLOAT_PICTURE in extras else None,
            hint=camera_hint(camera, self._frustum, self._scene.placement),
        )


def _plane_range(planes: Tensor, plane_count: int) -> tuple[int, int]:
    """First plane with a sample and the one after the last; the first plane alone if none has."""
    if planes.numel() == 0:
        return 0, 1
    if planes.device.type != "cpu":  # asking would wait for the device
        return 0, plane_count
    lowest, highest = torch.aminmax(planes)
    return int(lowest), int(highest) + 1
