"""A chair of thin turned parts: spindles, stretchers and a woven seat that is full of holes."""

from __future__ import annotations

import math

import numpy as np

from captures.meshes import along, at, curve, frame, lathe, ring, rounded_box, sphere, tube
from captures.model import Material, ObjectModel
from captures.robot_textures import RED, TEAL, Colour, wood

SEAT = 0.92  # height of its middle
WIDTH, DEPTH = 0.98, 0.92
OAK: Colour = (176, 116, 62)
DARK: Colour = (92, 54, 34)


def build() -> ObjectModel:
    """The whole object with its materials."""
    model = ObjectModel(
        {
            "oak": Material(wood(512, 512, OAK, 11, 1.2), 0.4, clearcoat=0.3),
            "dark": Material(wood(512, 512, DARK, 12, 1.0), 0.4, clearcoat=0.3),
            "red cane": Material(RED, 0.5),
            "teal cane": Material(TEAL, 0.5),
            "brass": Material((222, 170, 84), 0.32, metallic=0.85),
        }
    )
    _frame(model)
    _seat(model)
    _back(model)
    return model


def _turned(model: ObjectModel, material: str, start: tuple, end: tuple, radius: float) -> None:
    """A turned stick between two points, with beads and hollows."""
    length = float(np.linalg.norm(np.subtract(end, start)))
    share = np.linspace(0, 1, 90)
    beads = 0.28 * np.exp(-(((share - 0.5) / 0.05) ** 2)) + 0.16 * np.exp(
        -(((share - 0.3) / 0.03) ** 2)
    )
    swell = 0.62 + 0.38 * np.sin(math.pi * share) ** 0.6 + beads
    profile = np.stack([radius * swell, length * share], 1)
    model.add(material, lathe([(0.0, 0.0), *profile, (0.0, length)], 28), along(start, end))


def _frame(model: ObjectModel) -> None:
    x, y = WIDTH / 2 - 0.05, DEPTH / 2 - 0.05
    feet = {(sx, sy): (sx * (x + 0.07), sy * (y + 0.07), 0.02) for sx in (-1, 1) for sy in (-1, 1)}
    for (sx, sy), foot in feet.items():
        _turned(model, "oak", foot, (sx * x, sy * y, SEAT), 0.052)
        model.add("brass", sphere(0.045, 24), at(*foot[:2], 0.045))
    for height, thickness in ((0.30, 0.026), (0.58, 0.022)):
        for sx in (-1, 1):
            ends = [(sx * (x + 0.045), sy * (y + 0.045), height) for sy in (-1, 1)]
            _turned(model, "dark", *ends, thickness)
        across = [(sx * (x + 0.045), 0.0, height) for sx in (-1, 1)]
        _turned(model, "dark", *across, thickness)


def _seat(model: ObjectModel) -> None:
    """A frame of rails, and cane woven over and under across it."""
    long_rail = rounded_box((WIDTH, 0.07, 0.075), 0.025)
    short_rail = rounded_box((0.07, DEPTH - 0.13, 0.07), 0.025)
    for side in (-1, 1):
        model.add("oak", long_rail, at(0, side * (DEPTH / 2 - 0.035), SEAT))
        model.add("oak", short_rail, at(side * (WIDTH / 2 - 0.035), 0, SEAT))
    strands = 11
    reach_x, reach_y = WIDTH / 2 - 0.06, DEPTH / 2 - 0.06
    for i in range(strands):
        offset = 2 * (i + 0.5) / strands - 1
        weave = np.linspace(-1, 1, 200)
        height = SEAT + 0.012 * np.sin(math.pi * strands * (weave + 1) / 2 + math.pi * i)
        lengthwise = np.stack([np.full(200, offset * reach_x), weave * reach_y, height], 1)
        crosswise = np.stack(
            [weave * reach_x, np.full(200, offset * reach_y), 2 * SEAT - height], 1
        )
        model.add("red cane", tube(lengthwise, 0.0125, sides=10))
        model.add("teal cane", tube(crosswise, 0.0125, sides=10))


def _back(model: ObjectModel) -> None:
    """A bent bow that holds seven thin spindles and a rail with a row of rings."""
    foot, y, top = WIDTH / 2 - 0.06, DEPTH / 2 - 0.04, 1.98
    bow = curve(
        [
            (-foot, y, SEAT),
            (-foot - 0.02, y + 0.08, 1.42),
            (-foot * 0.78, y + 0.15, 1.82),
            (0, y + 0.19, top),
            (foot * 0.78, y + 0.15, 1.82),
            (foot + 0.02, y + 0.08, 1.42),
            (foot, y, SEAT),
        ],
        140,
    )
    model.add("dark", tube(bow, 0.032, sides=20))
    for i in range(7):
        x = (i - 3) / 3 * (foot - 0.12)
        nearest = bow[np.argmin(np.abs(bow[:, 0] - x) + 10 * (bow[:, 2] < 1.5))]
        _turned(model, "oak", (x * 0.86, y, SEAT), tuple(nearest), 0.019)
    rail = curve([(-foot, y + 0.07, 1.36), (0, y + 0.10, 1.40), (foot, y + 0.07, 1.36)], 60)
    model.add("dark", tube(rail, 0.022, sides=16))
    for i in range(6):
        x = (i - 2.5) / 3 * (foot - 0.12) * 0.93
        upright = frame((1, 0, 0), (0, 0, 1), (x, y + 0.085, 1.53))
        model.add("brass", ring(0.052, 0.011, 40), upright)
