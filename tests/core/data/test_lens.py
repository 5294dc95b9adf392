"""Lens distortion against OpenCV's formulas written out, and its inverse."""

import math

import numpy as np
import pytest

from dvox_core.data.lens import Lens, seen_window

OPENCV = Lens(640, 480, 500.0, 510.0, 330.0, 236.0, (0.1, -0.05, 0.01), (), (0.002, -0.001))
RATIONAL = Lens(640, 480, 500.0, 510.0, 330.0, 236.0, (0.2, 0.05, 0.01), (0.1, 0.02, 0.003))
FISHEYE = Lens(640, 480, 300.0, 301.0, 320.0, 240.0, (0.05, -0.01, 0.002, -0.0005), fisheye=True)
BARREL = Lens(640, 480, 500.0, 500.0, 320.0, 240.0, (-0.2,))
PLAIN = Lens(640, 480, 500.0, 510.0, 330.0, 236.0)
LENSES = [OPENCV, RATIONAL, FISHEYE, BARREL, PLAIN]


def plain_projection(lens: Lens, x: float, y: float) -> tuple[float, float]:
    """OpenCV's camera model, as its documentation writes it."""
    k = [*lens.radial, 0.0, 0.0, 0.0, 0.0]
    if lens.fisheye:
        r = math.hypot(x, y)
        theta = math.atan(r)
        theta_d = theta * (
            1 + k[0] * theta**2 + k[1] * theta**4 + k[2] * theta**6 + k[3] * theta**8
        )
        x2, y2 = (x * theta_d / r, y * theta_d / r) if r else (x, y)
    else:
        d = [*lens.radial_denominator, 0.0, 0.0, 0.0]
        p1, p2 = lens.tangential
        r2 = x * x + y * y
        factor = (1 + k[0] * r2 + k[1] * r2**2 + k[2] * r2**3) / (
            1 + d[0] * r2 + d[1] * r2**2 + d[2] * r2**3
        )
        x2 = x * factor + 2 * p1 * x * y + p2 * (r2 + 2 * x * x)
        y2 = y * factor + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y
    return lens.focal_x * x2 + lens.principal_x, lens.focal_y * y2 + lens.principal_y


@pytest.mark.parametrize("lens", LENSES)
def test_projection_is_opencvs(lens: Lens) -> None:
    points = np.random.default_rng(0).uniform(-0.6, 0.6, (50, 2))
    points[0] = 0
    expected = [plain_projection(lens, x, y) for x, y in points]
    np.testing.assert_allclose(lens.project(points), expected, atol=1e-9)


@pytest.mark.parametrize("lens", LENSES)
def test_unprojection_inverts_projection(lens: Lens) -> None:
    pixels = np.random.default_rng(1).uniform((0, 0), (640, 480), (50, 2))
    np.testing.assert_allclose(lens.project(lens.unproject(pixels)), pixels, atol=1e-6)


@pytest.mark.parametrize("lens", LENSES)
def test_all_of_the_seen_window_is_in_the_picture_and_it_touches_the_edges(lens: Lens) -> None:
    window = seen_window(lens)
    x = np.linspace(window.left, window.right, 40)
    y = np.linspace(window.top, window.bottom, 40)
    pixels = lens.project(np.stack(np.meshgrid(x, y), axis=-1))
    assert pixels.min() >= -0.6
    assert pixels[..., 0].max() <= 640.6
    assert pixels[..., 1].max() <= 480.6
    assert pixels[..., 0].max() > 600
    assert pixels[..., 1].max() > 440


def test_the_window_of_a_plain_lens_is_its_picture() -> None:
    window = seen_window(PLAIN)
    assert window.left == pytest.approx(-330 / 500)
    assert window.bottom == pytest.approx((480 - 236) / 510)
    square = window.center_square()
    assert square.width == pytest.approx(square.height) == pytest.approx(480 / 510)


def test_a_very_wide_fisheye_is_cut_to_a_flat_picture() -> None:
    window = seen_window(Lens(640, 640, 200.0, 200.0, 320.0, 320.0, (0.0,), fisheye=True))
    assert 2 < window.width <= 5


def test_distortion_that_cannot_be_undone_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be undone"):
        seen_window(Lens(640, 480, 100.0, 100.0, 320.0, 240.0, (-1e8,)))


@pytest.mark.parametrize(
    ("focal", "radial"), [(320.0, (-0.3,)), (250.0, (-0.2,)), (400.0, (-0.35,))]
)
def test_a_lens_that_bends_back_is_used_up_to_there_and_no_farther(
    focal: float, radial: tuple[float, ...]
) -> None:
    lens = Lens(640, 480, focal, focal, 320.0, 240.0, radial)
    fold = 1 / math.sqrt(-3 * radial[0])  # where r + k·r³ has its greatest value
    assert lens.largest_radius == pytest.approx(fold, abs=1e-3)
    assert lens.is_folded
    window = seen_window(lens)
    corner = math.hypot(window.right, window.bottom)
    assert 0.9 * fold < corner <= fold  # as much as there is
    inside = np.random.default_rng(2).uniform(
        (window.left, window.top), (window.right, window.bottom), (50, 2)
    )
    # Newton's method used to end beyond the fold, where another ray has the same pixel.
    np.testing.assert_allclose(lens.unproject(lens.project(inside)), inside, atol=1e-5)
    assert np.isnan(lens.unproject(np.array([[0.0, 0.0]]))).all()


@pytest.mark.parametrize("lens", LENSES)
def test_usual_lenses_do_not_bend_back(lens: Lens) -> None:
    assert not lens.is_folded


def test_a_principal_point_far_outside_is_called_by_its_name() -> None:
    with pytest.raises(ValueError, match=r"principal point \(5000, 240\) is far outside"):
        seen_window(Lens(640, 480, 100.0, 100.0, 5000.0, 240.0))
