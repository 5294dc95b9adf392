"""Tells how far each ray of a view can be trusted, from its depth weights and the training views.

The trust of a ray that meets something is

    1 − inside · (1 − certainty^⅛ · seen · nearness · fit)

with five terms, each 0 … 1:

- inside: the depth weight inside the grid. What falls outside shows the plain background, which no
  training view need know: only this much of the picture is at stake;
- certainty: 1 − entropy of the depth weights / log₂ D;
- seen: in how many training views the voxels were seen, weighted; `ENOUGH_VIEWS` and more are 1;
- nearness: of the training view that saw the most likely voxel nearest to the ray's own direction:
  1 up to `NEAR_DEGREES`, falling to 0 at `FAR_DEGREES`; 0 where none saw it;
- fit: exp(−residual / `RESIDUAL_SCALE`), the residual being by how much the scene misses the
  training pictures where they show these voxels; left out where they are not known.

The form was chosen on 4 validation and 12 training views of the sample scene, none of which the
residual had seen. Mean rank correlation with the error, validation and training views: this form
0.64 and 0.65, with certainty^¼ 0.61 and 0.62, with certainty 0.50 and 0.47; fit alone 0.69 and
0.72, all without the fit below 0, the plain product of the five 0.03 and −0.06. Every voxel of the
scene is seen by many views, so that the fit alone tells its places apart; the others count where
views are missing.
"""

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dvox_core.geometry.cameras import Camera
from dvox_core.geometry.frustum import FEATURE_MAP_SIDE as P
from dvox_core.geometry.resampling import FrustumSamples, sum_rows
from dvox_core.inspection.trust.support import ViewSupport
from dvox_core.inspection.views import CPU, ViewInspector
from dvox_core.inspection.voxel_visibility import sample_weights
from dvox_core.model.scene import Scene
from dvox_core.rendering.frame import Frame
from dvox_core.rendering.fused.collapse import contribution_depth
from dvox_core.rendering.fused.convolutions import Target
from dvox_core.rendering.fused.visibility_pass import load_visibility_pass
from dvox_core.rendering.interventions import NO_INTERVENTIONS, Interventions
from dvox_core.rendering.maps import entropy_bits
from dvox_core.rendering.trust_maps import TrustMaps, TrustTerm

ENOUGH_VIEWS = 8.0
"""A voxel that so many training views saw is seen well."""

NEAR_DEGREES, FAR_DEGREES = 22.5, 45.0
"""Up to the one a view is known well, from the other on the network guesses how it looks."""

CERTAINTY_POWER = 0.125
"""Depth is undecided in many rays whose picture is right: it counts little."""

RESIDUAL_SCALE = 0.1
"""An error of a tenth of the range of colours leaves a trust of 1/e."""


class TrustAssessor:
    """Assesses views of one scene. Belongs to one thread.

    Attributes:
        support: what the training views know of its voxels.
    """

    def __init__(self, scene: Scene, support: ViewSupport) -> None:
        """Prepare what does not depend on the camera.

        Raises:
            UserError: the model has no depth weights.
        """
        self._scene, self.support = scene, support
        self._inspector = ViewInspector(scene)
        self._side = scene.voxel_config.grid_size
        counts = support.view_counts(self._side**3)
        columns = [np.minimum(counts / ENOUGH_VIEWS, 1).astype(np.float32)]
        if support.residual is not None:
            known = np.isfinite(support.residual)
            columns += [np.where(known, support.residual, 0), known.astype(np.float32)]
        self._rows = torch.from_numpy(np.stack(columns, axis=1).astype(np.float32))

    @torch.inference_mode()
    def assess(self, frame: Frame) -> TrustMaps:
        """The trust in a frame that carries its depth weights; some 20 ms.

        Raises:
            ValueError: the frame does not carry them.
        """
        if frame.visibility is None or frame.contribution_depth is None:
            raise ValueError("the frame carries no depth weights: render it with Extra.VISIBILITY")
        return self.assess_weights(
            frame.camera,
            self._inspector.samples(frame.camera),
            torch.from_numpy(frame.visibility),
            frame.contribution_depth,
        )

    def assess_weights(
        self,
        camera: Camera,
        samples: FrustumSamples,
        visibility: Tensor,  # [D, P, P]
        contribution_depth: NDArray[np.float32],  # [P, P]
    ) -> TrustMaps:
        """The trust in the view of `camera` that has these depth weights."""
        weights = sample_weights(samples, visibility)
        inside = _sums(samples, weights)
        means = _sums(samples, weights[:, None] * sum_rows(self._rows, samples))
        means /= inside[:, None].clamp(min=1e-6)
        maps = {
            TrustTerm.INSIDE: _map(inside.clamp(0, 1)),
            TrustTerm.CERTAINTY: _map(1 - entropy_bits(visibility) / math.log2(len(visibility))),
            TrustTerm.SEEN: _map(means[:, 0]),
            TrustTerm.NEARNESS: self._nearness(camera, visibility),
        }
        if means.shape[1] > 1:
            residual = means[:, 1] / means[:, 2].clamp(min=1e-6)
            # Where no picture shows a voxel nothing is known against it: `seen` tells of that.
            maps[TrustTerm.FIT] = _map(torch.exp(-residual / RESIDUAL_SCALE))
        met = np.isfinite(contribution_depth)
        quality = maps[TrustTerm.CERTAINTY].clip(0, 1) ** np.float32(CERTAINTY_POWER)
        for term in (TrustTerm.SEEN, TrustTerm.NEARNESS, TrustTerm.FIT):
            quality = quality * maps.get(term, np.float32(1))
        trust = (1 - maps[TrustTerm.INSIDE] * (1 - quality)).astype(np.float32)
        maps = {TrustTerm.TRUST: trust, **maps}
        return TrustMaps(
            {term: np.where(met, one, np.float32(np.nan)) for term, one in maps.items()}
        )

    def _nearness(self, camera: Camera, visibility: Tensor) -> NDArray[np.float32]:
        """[P, P]: 1 along the ray of a training view that saw the voxel, 0 far from all."""
        frustum, positions = self._scene.frustum, self.support.positions
        depths = frustum.plane_depths[visibility.argmax(dim=0).cpu().numpy()].ravel()
        points = frustum.rays().reshape(-1, 3) * depths[:, None]
        points = points @ camera.rotation.T + camera.position
        to_grid = self._scene.placement.world_to_grid(self._side)
        voxels = np.rint(points @ to_grid[:3, :3].T + to_grid[:3, 3]).astype(np.int64)
        inside = ((voxels >= 0) & (voxels < self._side)).all(axis=1)
        x, y, z = voxels[inside].T
        seen = self.support.seen((z * self._side + y) * self._side + x)
        cosines = np.full((len(positions), len(seen[0])), -1.0)
        places = points[inside]
        own = _unit(camera.position - places)
        for number, position in enumerate(positions):
            cosines[number] = np.einsum("mk,mk->m", own, _unit(position - places))
        best = np.where(seen, cosines, -1).max(axis=0)
        nearness = np.zeros(P * P, dtype=np.float32)
        angles = np.degrees(np.arccos(np.clip(best, -1, 1)))
        far = (angles - NEAR_DEGREES) / (FAR_DEGREES - NEAR_DEGREES)
        nearness[inside] = np.where(best > -1, np.clip(1 - far, 0, 1), 0)
        return nearness.reshape(P, P)


class CameraTrust:
    """Assesses views of one scene without rendering them. Belongs to one thread."""

    def __init__(self, scene: Scene, support: ViewSupport) -> None:
        """Prepare the first half of a frame.

        Raises:
            UserError: the model has no depth weights.
            CheckpointError: the scene's weights cannot be used.
        """
        self._assessor = TrustAssessor(scene, support)
        self._first_half = load_visibility_pass(scene, Target(CPU, torch.float32))
        self._depths = torch.from_numpy(scene.frustum.plane_depths)

    @torch.inference_mode()
    def assess(self, camera: Camera, interventions: Interventions = NO_INTERVENTIONS) -> TrustMaps:
        """The trust in the view of `camera`; takes as long as a frame's depth weights."""
        if interventions != self._first_half.interventions:
            self._first_half.intervene(interventions)
        samples, features = self._first_half.resample(camera)
        visibility = self._first_half.visibility(samples, features)
        assert visibility is not None
        weights = sample_weights(samples, visibility)
        depth = contribution_depth(samples, features, weights, self._depths)
        return self._assessor.assess_weights(camera, samples, visibility, depth.numpy())


def _sums(samples: FrustumSamples, values: Tensor) -> Tensor:
    """Values of samples [N, …], summed over each ray: [P·P, …]."""
    total = values.new_zeros((P * P, *values.shape[1:]))
    return total.index_add_(0, samples.rays, values)


def _map(values: Tensor) -> NDArray[np.float32]:
    return np.ascontiguousarray(values.reshape(P, P).float().cpu().numpy())


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True))
