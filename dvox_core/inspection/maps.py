"""Maps of a view that its depth weights tell."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dvox_core.geometry.cameras import Camera
from dvox_core.geometry.frustum import Frustum


@dataclass(frozen=True, eq=False)
class InspectedView:
    """What the network believes of one view; P = 64, maps are [row v, column u].

    Attributes:
        camera: where it is seen from.
        visibility: [D, P, P] float32, the depth weights; each ray sums to 1.
        inside: [D, P, P] bool, which samples lie in the grid.
        expected_depth: [P, P] float32, mean depth under the weights, world units.
        most_likely_depth: [P, P] float32, depth of the plane with most weight, world units.
        entropy: [P, P] float32, of the weights, in bits: 0 (sure) … log2(D) (no idea).
        outside_share: [P, P] float32, the weight on samples outside the grid, 0…1.
    """

    camera: Camera
    visibility: NDArray[np.float32]
    inside: NDArray[np.bool_]
    expected_depth: NDArray[np.float32]
    most_likely_depth: NDArray[np.float32]
    entropy: NDArray[np.float32]
    outside_share: NDArray[np.float32]


def inspected_view(
    camera: Camera,
    visibility: NDArray[np.float32],  # [D, P, P]
    inside: NDArray[np.bool_],  # [D, P, P]
    frustum: Frustum,
) -> InspectedView:
    """The maps of depth weights; a few milliseconds."""
    depths = frustum.plane_depths
    return InspectedView(
        camera=camera,
        visibility=visibility,
        inside=inside,
        expected_depth=np.tensordot(depths, visibility, axes=1),
        most_likely_depth=depths[visibility.argmax(axis=0)],
        entropy=entropy_bits(visibility),
        outside_share=np.clip(1 - np.einsum("dvu,dvu->vu", visibility, inside), 0, 1),
    )


def entropy_bits(visibility: NDArray[np.float32]) -> NDArray[np.float32]:
    """Entropy [...] in bits of weights [D, ...] that sum to 1 over D."""
    least = np.finfo(np.float32).tiny  # 0·log 0 is 0
    bits = -(visibility * np.log2(np.maximum(visibility, least))).sum(axis=0)
    return np.asarray(np.maximum(bits, 0), dtype=np.float32)
