"""From where a volume of voxels is seen; known without what casts it."""

from dataclasses import dataclass

from dvox_core.geometry.cameras import Camera


@dataclass(frozen=True, eq=False)
class VolumeView:
    """From where a volume is seen.

    Attributes:
        camera: in the world.
        focal: in pixels of the picture that is made.
        center_x, center_y: the pixel on the optical axis.
        width, height: of the picture.
    """

    camera: Camera
    focal: float
    center_x: float
    center_y: float
    width: int
    height: int

    def scaled(self, factor: float) -> "VolumeView":
        """The same view in a picture that is `factor` as large."""
        return VolumeView(
            self.camera,
            self.focal * factor,
            (self.center_x + 0.5) * factor - 0.5,
            (self.center_y + 0.5) * factor - 0.5,
            max(round(self.width * factor), 1),
            max(round(self.height * factor), 1),
        )
