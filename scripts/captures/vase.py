"""A tall vase with handles, covered with fine painted ornament."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image, ImageDraw

from captures.meshes import at, curve, lathe, ring, tube
from captures.model import Material, ObjectModel
from captures.robot_textures import CREAM, NAVY, RED, TEAL, Colour

BODY = ((0.20, 0.06), (0.30, 0.25), (0.42, 0.52), (0.45, 0.80), (0.38, 1.08), (0.22, 1.30))
NECK = ((0.22, 1.30), (0.155, 1.42), (0.14, 1.55), (0.17, 1.68), (0.25, 1.77))
HANDLE = ((0.15, 1.62), (0.34, 1.66), (0.47, 1.48), (0.46, 1.22), (0.34, 1.12))
TERRACOTTA: Colour = (186, 98, 62)
GOLD: Colour = (206, 158, 74)
WIDTH, HEIGHT = 4096, 2048  # of the painting that goes round the body


def build() -> ObjectModel:
    """The whole object with its materials."""
    model = ObjectModel(
        {
            "body": Material(_ornament(), 0.28, clearcoat=0.6),
            "neck": Material(_scales(), 0.28, clearcoat=0.6),
            "foot": Material(NAVY, 0.3, clearcoat=0.6),
            "gold": Material(GOLD, 0.32, metallic=0.85),
        }
    )
    model.add("foot", lathe([(0.0, 0.0), (0.25, 0.0), (0.255, 0.03), (0.20, 0.06)], 128))
    model.add("body", lathe(_smooth(BODY, 48), 192))
    model.add("neck", lathe(_smooth(NECK, 32), 160))
    model.add("foot", lathe([(0.235, 1.77), (0.12, 1.60), (0.0, 1.58)], 96))  # the mouth
    model.add("gold", ring(0.243, 0.014, 128), at(0, 0, 1.77))
    model.add("gold", ring(0.222, 0.012, 128), at(0, 0, 1.30))
    model.add("gold", ring(0.202, 0.012, 128), at(0, 0, 0.06))
    for side in (-1, 1):
        path = curve([(side * x, 0, z) for x, z in HANDLE], 64)
        model.add("gold", tube(path, 0.022))
    return model


def _smooth(profile: tuple[tuple[float, float], ...], count: int) -> list[tuple[float, float]]:
    points = curve([(r, 0.0, z) for r, z in profile], count)
    return [(float(r), float(z)) for r, _, z in points]


def _ornament() -> Image.Image:
    """Bands from the foot (bottom) to the shoulder: tongues, a meander, leaves, a lattice."""
    image = Image.new("RGB", (WIDTH, HEIGHT), CREAM)
    draw = ImageDraw.Draw(image)
    _tongues(draw, 0.00, 0.10, TERRACOTTA, NAVY, 48)
    _lines(draw, (0.105, 0.125, 0.66, 0.68, 0.895, 0.915))
    _meander(draw, 0.135, 0.235, NAVY, 36)
    _lines(draw, (0.245, 0.262))
    _leaves(draw, 0.28, 0.65)
    _lattice(draw, 0.69, 0.885)
    _tongues(draw, 1.00, 0.925, RED, NAVY, 60)
    return image


def _y(share: float) -> float:
    """A height on the body, 0 at the foot, as a row of the painting."""
    return HEIGHT * (1 - share)


def _lines(draw: ImageDraw.ImageDraw, shares: tuple[float, ...]) -> None:
    for share in shares:
        draw.rectangle((0, _y(share) - 6, WIDTH, _y(share) + 6), fill=NAVY)


def _tongues(
    draw: ImageDraw.ImageDraw, root: float, tip: float, fill: Colour, edge: Colour, count: int
) -> None:
    step = WIDTH / count
    for i in range(count):
        x = (i + 0.5) * step
        outline = [
            (x + step * 0.44 * math.cos(a), _y(root + (tip - root) * max(math.sin(a), 0) ** 0.7))
            for a in np.linspace(0, math.pi, 24)
        ]
        draw.polygon(outline, fill=fill if i % 2 else edge)


def _meander(
    draw: ImageDraw.ImageDraw, low: float, high: float, colour: Colour, count: int
) -> None:
    step, y0, y1 = WIDTH / count, _y(low), _y(high)
    unit = (y0 - y1) / 6
    path = ((0, 6), (0, 0), (5, 0), (5, 4), (2.5, 4), (2.5, 2.4), (3.6, 2.4))
    for i in range(count):
        points = [(i * step + x * step / 6.2, y1 + y * unit) for x, y in path]
        draw.line(points, fill=colour, width=15, joint="curve")
    draw.line([(0, y0), (WIDTH, y0)], fill=colour, width=15)


def _leaves(draw: ImageDraw.ImageDraw, low: float, high: float) -> None:
    """A waving stem with leaves at both sides, and a flower in every bend."""
    waves, middle = 8, (_y(low) + _y(high)) / 2
    reach = (_y(low) - _y(high)) * 0.30
    stem = [
        (x, middle + reach * math.sin(2 * math.pi * waves * x / WIDTH))
        for x in np.linspace(0, WIDTH, 1200)
    ]
    draw.line(stem, fill=TEAL, width=16, joint="curve")
    for i in range(waves * 10):
        x = WIDTH * (i + 0.5) / (waves * 10)
        phase = 2 * math.pi * waves * x / WIDTH
        y = middle + reach * math.sin(phase)
        angle = math.atan(reach * math.cos(phase) * 2 * math.pi * waves / WIDTH)
        for side in (-1, 1):
            _leaf(draw, x, y, angle + side * 1.0, 92, TEAL if i % 3 else TERRACOTTA)
    for i in range(2 * waves):
        x = WIDTH * (i + 0.5) / (2 * waves)
        y = middle - reach * 0.85 * (1 if i % 2 == 0 else -1)
        for k in range(8):
            _leaf(draw, x, y, k * math.pi / 4, 96, RED if k % 2 else NAVY)
        draw.ellipse((x - 26, y - 26, x + 26, y + 26), fill=GOLD)


def _leaf(
    draw: ImageDraw.ImageDraw, x: float, y: float, angle: float, length: float, fill: Colour
) -> None:
    along, across = (
        np.array([math.cos(angle), math.sin(angle)]),
        np.array([-math.sin(angle), math.cos(angle)]),
    )
    share = np.linspace(0, 1, 16)
    bulge = 0.24 * length * np.sin(math.pi * share)
    upper = [along * length * s + across * b for s, b in zip(share, bulge, strict=True)]
    lower = [along * length * s - across * b for s, b in zip(share, bulge, strict=True)]
    draw.polygon([(x + p[0], y + p[1]) for p in [*upper, *lower[::-1]]], fill=fill)


def _lattice(draw: ImageDraw.ImageDraw, low: float, high: float) -> None:
    step, y0, y1 = WIDTH / 48, _y(low), _y(high)
    for i in range(-4, 52):
        for run in (2, -2):
            draw.line([(i * step, y0), ((i + run) * step, y1)], fill=TERRACOTTA, width=11)
    for i in range(48):
        for row in range(3):
            x, y = (i + 0.5 * (row % 2)) * step, y1 + (row + 0.5) * (y0 - y1) / 3
            draw.ellipse((x - 15, y - 15, x + 15, y + 15), fill=NAVY)


def _scales() -> Image.Image:
    """Overlapping scales, for the neck."""
    width, height, columns, rows = 2048, 1024, 32, 14
    image = Image.new("RGB", (width, height), NAVY)
    draw = ImageDraw.Draw(image)
    colours = (TEAL, CREAM, TERRACOTTA)
    for row in range(rows + 1):
        for column in range(-1, columns + 1):
            x = (column + 0.5 * (row % 2)) * width / columns
            y = row * height / rows
            box = (x, y - 60, x + width / columns, y + height / rows + 10)
            draw.ellipse(box, fill=colours[(row + column) % 3], outline=NAVY, width=8)
    return image
