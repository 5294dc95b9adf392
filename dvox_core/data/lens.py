"""Lenses of source pictures: distortion, its inverse, and the part of the world they see whole.

Pixel coordinates here are continuous, as in COLMAP and transforms.json: the top left pixel covers
0…1 and has its middle at ½. Normalised coordinates are those of an ideal camera at depth 1.
"""

from dataclasses import astuple, dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from dvox_core.geometry.cameras import Intrinsics

Array = NDArray[np.float64]

WIDEST_TANGENT = 2.5
"""Windows are cut at this tangent of the half angle (68°); a flat picture of more is useless."""

LONGEST_SIDE = 10**6
"""Pixels; a source that states a longer side of a picture is taken for damaged."""

FARTHEST_RADIUS = 4.0
"""Beyond a window's corners; distortion is looked at up to here."""


@dataclass(frozen=True)
class Lens:
    """One source camera's picture size, focal lengths, principal point and distortion.

    Attributes:
        width, height: of the picture, pixels.
        focal_x, focal_y, principal_x, principal_y: pixels.
        radial: coefficients of r², r⁴, r⁶, … (of θ², θ⁴, … for a fisheye).
        radial_denominator: the same for the divisor of OpenCV's rational model.
        tangential: (p1, p2), as in OpenCV.
        fisheye: the equidistant model of OpenCV's fisheye module.
    """

    width: int
    height: int
    focal_x: float
    focal_y: float
    principal_x: float
    principal_y: float
    radial: tuple[float, ...] = ()
    radial_denominator: tuple[float, ...] = ()
    tangential: tuple[float, float] = (0.0, 0.0)
    fisheye: bool = False

    @property
    def is_distorted(self) -> bool:
        """Whether straight lines of the world are bent in the picture."""
        return self.fisheye or any((*self.radial, *self.radial_denominator, *self.tangential))

    def scaled_to(self, width: int, height: int) -> "Lens":
        """The same lens for a picture of another resolution."""
        x, y = width / self.width, height / self.height
        return replace(
            self,
            width=width,
            height=height,
            focal_x=self.focal_x * x,
            focal_y=self.focal_y * y,
            principal_x=self.principal_x * x,
            principal_y=self.principal_y * y,
        )

    def project(self, points: Array) -> Array:
        """Normalised coordinates [..., 2] → pixels [..., 2]."""
        distorted = self._distort(points)
        focal = (self.focal_x, self.focal_y)
        return np.asarray(distorted * focal + (self.principal_x, self.principal_y))

    def unproject(self, pixels: Array) -> Array:
        """Pixels [..., 2] → normalised coordinates [..., 2], by Newton's method.

        Strong distortion bends the picture back from some radius on, where its polynomial has no
        meaning any more: pixels farther out than that belong to no ray and become NaN.
        """
        target = (pixels - (self.principal_x, self.principal_y)) / (self.focal_x, self.focal_y)
        if not self.is_distorted:
            return np.asarray(target)
        reach = np.linalg.norm(target, axis=-1)
        radii, bent = self._branch
        # From the radial part alone, which is monotone up to the fold, so that Newton's method
        # cannot leave the branch that the picture shows.
        start = np.interp(reach, bent, radii)
        points = (
            target
            * np.divide(start, reach, out=np.ones_like(reach), where=reach > 1e-12)[..., None]
        )
        step = 1e-6
        for _ in range(20):
            value = self._distort(points)
            along_x = (self._distort(points + (step, 0)) - value) / step
            along_y = (self._distort(points + (0, step)) - value) / step
            jacobian = np.stack([along_x, along_y], axis=-1)
            change = np.linalg.solve(jacobian, (target - value)[..., None])[..., 0]
            points = points + np.clip(change, -0.3, 0.3)
            length = np.linalg.norm(points, axis=-1)
            points *= np.minimum(1, radii[-1] / np.maximum(length, 1e-12))[..., None]
        off = np.abs(self._distort(points) - target).max(axis=-1)
        points[~(off < 1e-5)] = np.nan
        return np.asarray(points)

    @property
    def is_folded(self) -> bool:
        """Whether corners of the picture lie beyond the radius where distortion bends back."""
        corners = np.array([[x, y] for x in (0, self.width) for y in (0, self.height)], dtype=float)
        return bool(np.isnan(self.unproject(corners)).any())

    @property
    def largest_radius(self) -> float:
        """Normalised distance from the axis up to which distortion can be undone."""
        return float(self._branch[0][-1]) if self.is_distorted else np.inf

    @cached_property
    def _branch(self) -> tuple[Array, Array]:
        """Radii from 0 on and where the radial part brings them, as long as that grows."""
        radii = np.linspace(0, FARTHEST_RADIUS, 8001)
        zeros = np.zeros_like(radii)
        radial = replace(self, tangential=(0.0, 0.0))
        with np.errstate(all="ignore"):
            bent = radial._distort(np.stack([radii, zeros], axis=-1))[:, 0]
        grows = np.diff(bent) > 1e-9
        last = len(radii) - 1 if grows.all() else int(np.argmin(grows))
        last = max(last, 1)
        return radii[: last + 1], bent[: last + 1]

    def _distort(self, points: Array) -> Array:
        x, y = points[..., 0], points[..., 1]
        squared = x**2 + y**2
        if self.fisheye:
            radius = np.sqrt(squared)
            angle = np.arctan(radius)
            bent = angle * (1 + _polynomial(self.radial, angle**2))
            factor = np.divide(bent, radius, out=np.ones_like(radius), where=radius > 1e-9)
            return np.asarray(points * factor[..., None])
        factor = (1 + _polynomial(self.radial, squared)) / (
            1 + _polynomial(self.radial_denominator, squared)
        )
        p1, p2 = self.tangential
        shift_x = 2 * p1 * x * y + p2 * (squared + 2 * x**2)
        shift_y = p1 * (squared + 2 * y**2) + 2 * p2 * x * y
        return np.stack([x * factor + shift_x, y * factor + shift_y], axis=-1)


@dataclass(frozen=True)
class Window:
    """A rectangle of normalised coordinates: left…right, top…bottom at depth 1."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """Of the window, at depth 1."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Of the window, at depth 1."""
        return self.bottom - self.top

    def intersection(self, other: "Window") -> "Window":
        """What both see; of negative size if nothing."""
        return Window(
            max(self.left, other.left),
            max(self.top, other.top),
            min(self.right, other.right),
            min(self.bottom, other.bottom),
        )

    def center_square(self) -> "Window":
        """The largest square around the middle."""
        half = min(self.width, self.height) / 2
        x, y = (self.left + self.right) / 2, (self.top + self.bottom) / 2
        return Window(x - half, y - half, x + half, y + half)


def pinhole_lens(camera: Intrinsics) -> Lens:
    """The lens of an ideal camera's pictures; its pixels count from the first one's middle."""
    return Lens(
        width=camera.width,
        height=camera.height,
        focal_x=camera.focal,
        focal_y=camera.focal,
        principal_x=camera.principal_x + 0.5,
        principal_y=camera.principal_y + 0.5,
    )


def seen_window(lens: Lens) -> Window:
    """The rectangle that a lens sees whole: no point of it falls outside the picture.

    Raises:
        ValueError: the lens' numbers bend the picture so much that nothing is left.
    """
    margins = (
        (lens.principal_x, lens.width - lens.principal_x),
        (
            lens.principal_y,
            lens.height - lens.principal_y,
        ),
    )
    if min(margins[0]) < -2 * lens.width or min(margins[1]) < -2 * lens.height:
        raise ValueError(
            f"the principal point ({lens.principal_x:.4g}, {lens.principal_y:.4g}) is far outside "
            f"the picture of {lens.width}×{lens.height}; check cx and cy"
        )
    steps = np.linspace(0, 1, 65)
    zeros, ones = np.zeros_like(steps), np.ones_like(steps)
    limit = min(WIDEST_TANGENT, lens.largest_radius)

    def edge(x: Array, y: Array, axis: int) -> Array:
        places = lens.unproject(np.stack([x * lens.width, y * lens.height], axis=-1))[:, axis]
        return places[~np.isnan(places)]  # where no ray goes, nothing is to be kept inside

    try:
        window = Window(
            left=float(edge(zeros, steps, 0).max(initial=-limit)),
            top=float(edge(steps, zeros, 1).max(initial=-limit)),
            right=float(edge(ones, steps, 0).min(initial=limit)),
            bottom=float(edge(steps, ones, 1).min(initial=limit)),
        )
    except np.linalg.LinAlgError:
        window = Window(0, 0, 0, 0)
    for _ in range(60):
        if not window.width > 1e-3 or not window.height > 1e-3:
            break
        if _lies_inside(lens, window):
            return window
        window = Window(*(0.98 * side for side in astuple(window)))
    raise ValueError("the lens distortion cannot be undone; check its coefficients")


def _lies_inside(lens: Lens, window: Window) -> bool:
    steps = np.linspace(0, 1, 33)
    x = window.left + steps * window.width
    y = window.top + steps * window.height
    points = np.stack(np.meshgrid(x, y), axis=-1)
    if np.linalg.norm(points, axis=-1).max() > lens.largest_radius:
        return False
    pixels = lens.project(points)
    size = np.array([lens.width, lens.height])
    return bool((pixels >= -0.5).all() and (pixels <= size + 0.5).all())


def _polynomial(coefficients: tuple[float, ...], value: Array) -> Array:
    """c₀·value + c₁·value² + …"""
    total = np.zeros_like(value)
    for coefficient in reversed(coefficients):
        total = (total + coefficient) * value
    return total
