"""What a canvas is to show: a true picture, warped ones, or one fading into the other."""

from dataclasses import dataclass

from dvox_core.geometry.cameras import Camera, Intrinsics
from dvox_core.rendering.pictures import Picture
from dvox_core.rendering.reprojection.warp import WarpSource, WarpTarget


@dataclass(frozen=True, eq=False)
class Warp:
    """True pictures as another camera sees them.

    Attributes:
        sources: the pictures, up to three.
        weights: their shares of the blend.
        camera: the present one.
        intrinsics: of the model's S × S picture.
    """

    sources: tuple[WarpSource, ...]
    weights: tuple[float, ...]
    camera: Camera
    intrinsics: Intrinsics

    def target(self, side: int) -> WarpTarget:
        """A picture of side × side pixels of it."""
        return WarpTarget(self.camera, self.intrinsics, side)


@dataclass(frozen=True, eq=False)
class CanvasContent:
    """What lies in the picture's place.

    Attributes:
        picture: the network's own for the present view, where there is one.
        opacity: how much of it is to be seen over the warp.
        warp: what lies below it; None where the picture is all.
    """

    picture: Picture | None = None
    opacity: float = 1.0
    warp: Warp | None = None

    @property
    def warped(self) -> Warp | None:
        """The warp, if any of it is to be seen."""
        return self.warp if self.picture is None or self.opacity < 1 else None

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width, of which only the proportion counts."""
        if self.picture is not None:
            return self.picture.rgba.shape[0], self.picture.rgba.shape[1]
        return 1, 1


EMPTY = CanvasContent()
