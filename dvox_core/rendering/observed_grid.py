"""A grid that was observed from chosen views, to be rendered in the trained one's place."""

import hashlib
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

LARGEST = 60_000.0
"""Of a half-precision number, nearly."""


@dataclass(frozen=True, eq=False)
class ObservedGrid:
    """The state of a grid before inpainting; two of the same numbers are equal.

    Attributes:
        features: [F, G, G, G] float16, axes (z, y, x); read-only.
        views: the names of the views that it observed, first to last.
        digest: of numbers and names, in hexadecimal digits.
    """

    features: NDArray[np.float16] = field(repr=False)
    views: tuple[str, ...] = ()
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        features = np.ascontiguousarray(self.features, dtype=np.float16)
        features.flags.writeable = False
        object.__setattr__(self, "features", features)
        digest = hashlib.blake2b(features.data, digest_size=16)
        digest.update("\n".join(self.views).encode())
        object.__setattr__(self, "digest", digest.hexdigest())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ObservedGrid) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    @property
    def float_features(self) -> NDArray[np.float32]:
        """[F, G, G, G] float32."""
        return self.features.astype(np.float32)


def observed_grid(
    state: NDArray[np.floating],  # [F, G, G, G]
    views: tuple[str, ...],
) -> ObservedGrid:
    """A grid's state in half precision."""
    return ObservedGrid(np.clip(state, -LARGEST, LARGEST).astype(np.float16), views)
