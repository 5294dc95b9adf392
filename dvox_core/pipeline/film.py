"""A film of a replay: the picture that is observed, the grid that grows, and the view of it."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont  # draws words; the file is written by a FrameWriter

from dvox_core.data.pictures import load_picture
from dvox_core.geometry.cameras import Camera
from dvox_core.geometry.grid import GridPlacement
from dvox_core.inspection.volume_casting import cast_volume
from dvox_core.pipeline.growth import GrowthStep
from dvox_core.pipeline.looks import cube_view, feature_cloud, fit_look
from dvox_core.pipeline.replay import Replay

PANEL, MARGIN, TEXT, CURVE = 320, 16, 15, 56
SIZE = (3 * PANEL + 4 * MARGIN, PANEL + CURVE + 5 * MARGIN + 2 * TEXT)
"""Width and height of the film, pixels; both even."""

GROUND, PANEL_GROUND, INK, FAINT, LINE = (
    (22, 24, 28),
    (16, 17, 20),
    (228, 231, 236),
    (152, 161, 176),
    (90, 169, 255),
)


def film_frames(
    replay: Replay,  # done
    placement: GridPlacement,
    camera: Camera,  # of the view, and from where the grid is seen
    pictures: Sequence[NDArray[np.uint8]],  # the view after each observation
    steps: Sequence[GrowthStep],
) -> Iterator[NDArray[np.uint8]]:
    """A frame [height, width, 3] an observation."""
    look = fit_look(replay.state(replay.done).cpu().numpy())
    cube = cube_view(camera, placement, PANEL)
    for number, (picture, step) in enumerate(zip(pictures, steps, strict=True), 1):
        cloud = feature_cloud(look, replay.grid(number).float_features)
        source = load_picture(replay.views[number - 1].picture_path, PANEL)
        grid = cast_volume(cloud, placement, cube)
        yield _frame(source, grid, picture, steps, step)


def _frame(
    source: NDArray[np.uint8],
    grid: NDArray[np.uint8],  # [PANEL, PANEL, 4], premultiplied
    picture: NDArray[np.uint8],
    steps: Sequence[GrowthStep],
    step: GrowthStep,
) -> NDArray[np.uint8]:
    frame = Image.new("RGB", SIZE, GROUND)
    draw, font = ImageDraw.Draw(frame), ImageFont.load_default(TEXT)
    light = 1 - grid[..., 3:].astype(np.float32) / 255
    over = grid[..., :3] + light * np.array(PANEL_GROUND, dtype=np.float32)
    psnr = "" if np.isnan(step.psnr) else f"  {step.psnr:.2f} dB"
    titles = (f"observes {step.view}", f"grid after {step.observed}", f"held-out view{psnr}")
    for column, (pixels, title) in enumerate(
        zip((source, np.rint(over).astype(np.uint8), picture), titles, strict=True)
    ):
        left = MARGIN + column * (PANEL + MARGIN)
        shown = Image.fromarray(pixels)
        if shown.size != (PANEL, PANEL):
            shown = shown.resize((PANEL, PANEL), Image.Resampling.BICUBIC)
        frame.paste(shown, (left, MARGIN))
        draw.text((left, MARGIN + PANEL + 6), title, INK, font)
    _draw_curve(draw, font, steps, step)
    return np.asarray(frame)


def _draw_curve(
    draw: ImageDraw.ImageDraw,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
    steps: Sequence[GrowthStep],
    step: GrowthStep,
) -> None:
    """PSNR so far, or the change of each observation where there is no score."""
    scored = not np.isnan(steps[-1].psnr)
    values = np.array([one.psnr if scored else one.change for one in steps])
    top = PANEL + 3 * MARGIN + TEXT + 6
    left, right, bottom = MARGIN, SIZE[0] - MARGIN, top + CURVE
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    span = max(high - low, 1e-9)
    across = (right - left) / max(len(values) - 1, 1)
    points = [
        (left + index * across, bottom - (value - low) / span * CURVE)
        for index, value in enumerate(values.tolist())
    ]
    draw.line([(left, bottom), (right, bottom)], (50, 56, 67))
    if step.observed > 1:
        draw.line(points[: step.observed], LINE, 2)
    x, y = points[step.observed - 1]
    draw.ellipse([x - 4, y - 4, x + 4, y + 4], (255, 180, 84))
    name = "PSNR of the held-out view" if scored else "change of the grid"
    draw.text((left, top - TEXT), f"{name}, {low:.1f} to {high:.1f}", FAINT, font)
