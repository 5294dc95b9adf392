"""Finds by trial whether the principal point that a capture states is the pictures' own.

Whether integer pixel coordinates are at a pixel's middle or at its corner is the commonest mistake
in captures, and half a pixel costs a fit more than a decibel. A coarse fit takes a quarter of a
second; fits that differ in the principal point alone see the same rays, so their errors can be
compared closely.
"""

from dataclasses import dataclass, replace

from dvox_core.geometry.grid import GridPlacement
from dvox_core.radiance_field.config import FieldConfig
from dvox_core.radiance_field.field import WHITE
from dvox_core.radiance_field.fitting import FieldFitter
from dvox_core.radiance_field.views import FieldViews

TRIAL_SHARE = 1 / 400
"""How far a trial moves the principal point, in sides of the picture."""

LAST_STEPS = 25
"""Their mean loss is compared."""


@dataclass(frozen=True)
class PrincipalPoint:
    """Where the pictures say that the optical axis is.

    Attributes:
        shift: (x, y), what to add to the stated principal point, in pixels of the views.
        gain_db: how much better a coarse fit is predicted to be with it.
    """

    shift: tuple[float, float]
    gain_db: float


def find_principal_point(
    views: FieldViews,
    placement: GridPlacement,
    config: FieldConfig,
    seed: int = 0,
    background: tuple[float, float, float] = WHITE,
    threads: int | None = None,
) -> PrincipalPoint:
    """Five coarse fits, and the parabolas through them along x and y.

    Only the first stage of `config` is fitted. A shift is held within twice the trial's.
    Cameras that differ by a turn about one axis alone do not tell a shift along it from another
    place of the object.
    """
    length = TRIAL_SHARE * views.intrinsics.width
    first = replace(config, stages=config.stages[:1])

    def quality(x: float, y: float) -> float:
        fitter = FieldFitter(
            moved(views, (x, y)),
            placement,
            first,
            seed,
            background=background,
            threads=threads,
        )
        steps = [fitter.step() for _ in range(first.steps)]
        fitter.close()
        last = steps[-LAST_STEPS:]
        return sum(step.psnr for step in last) / len(last)

    here = quality(0.0, 0.0)
    x, gain_x = _top(quality(-length, 0.0), here, quality(length, 0.0))
    y, gain_y = _top(quality(0.0, -length), here, quality(0.0, length))
    return PrincipalPoint((x * length, y * length), gain_x + gain_y)


def moved(views: FieldViews, shift: tuple[float, float]) -> FieldViews:
    """The same views with another principal point."""
    lens = replace(
        views.intrinsics,
        principal_x=views.intrinsics.principal_x + shift[0],
        principal_y=views.intrinsics.principal_y + shift[1],
    )
    return replace(views, intrinsics=lens)


def _top(before: float, here: float, after: float) -> tuple[float, float]:
    """Where in −2…2 the parabola through the values at −1, 0 and 1 is highest; and by how much."""
    bend = before - 2 * here + after
    slope = (after - before) / 2
    if bend >= 0:  # no top: the views do not tell
        return 0.0, 0.0
    place = min(max(-slope / bend, -2.0), 2.0)
    return place, slope * place + bend * place**2 / 2
