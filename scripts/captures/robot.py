"""A tin robot with a lantern and a cube of voxels, on a lettered wooden base."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from captures import robot_textures as textures
from captures.meshes import (
    Array,
    along,
    arc,
    at,
    circle,
    curve,
    cylinder,
    frame,
    lathe,
    plate,
    rectangle,
    ring,
    rounded_box,
    sphere,
    tube,
)
from captures.model import Material, ObjectModel
from captures.robot_textures import CREAM, GREEN, INK, NAVY, RED, TEAL, YELLOW, Colour

BOARD = 0.27  # height of the base's top
FRONT, BACK, LEFT, RIGHT = (0, -1, 0), (0, 1, 0), (1, 0, 0), (-1, 0, 0)


def _materials() -> dict[str, Material]:
    enamel = {"teal": TEAL, "red": RED, "cream": CREAM, "yellow": YELLOW, "navy": NAVY}
    result = {name: Material(colour, 0.3, clearcoat=0.5) for name, colour in enamel.items()}
    metals: dict[str, tuple[Colour, float]] = {
        "brass": ((222, 170, 84), 0.32),
        "steel": ((150, 156, 166), 0.38),
        "graphite": ((78, 84, 94), 0.42),
    }
    result |= {name: Material(colour, r, metallic=0.85) for name, (colour, r) in metals.items()}
    result |= {
        "black": Material(INK, 0.5),
        "glow": Material((255, 206, 84), 0.5),
        "board": Material(textures.board(), 0.4, clearcoat=0.3),
        "band": Material(textures.lettering_band(), 0.3, clearcoat=0.5),
        "rim": Material(textures.scale_rim(), 0.45),
        "chest": Material(textures.chest(), 0.35, clearcoat=0.4),
        "gauge": Material(textures.gauge(), 0.3, clearcoat=0.5),
        "back": Material(textures.back_plate(), 0.35, clearcoat=0.4),
        "number": Material(textures.head_plate(), 0.4),
        "iris": Material(textures.iris(), 0.2, clearcoat=1.0),
        "ruler": Material(textures.ruler(), 0.4),
        "ball": Material(textures.ball(), 0.25, clearcoat=0.8),
        "block 1": Material(textures.block(RED, "DVODGB"), 0.5),
        "block 2": Material(textures.block(TEAL, "EXELVA"), 0.5),
        "block 3": Material(textures.block((196, 128, 20), "VXL3PC"), 0.5),
    }
    return result


def _facing(normal: tuple[int, int, int], origin: tuple[float, float, float]) -> Array:
    """Puts a plate's local z along an upright wall's outward normal, its local y up."""
    up = np.array([0.0, 0.0, 1.0])
    return frame(np.cross(up, normal), up, origin)


def _base(model: ObjectModel) -> None:
    model.add("black", lathe([(0, 0), (0.79, 0), (0.79, 0.02)]))
    model.add("rim", lathe([(0.803, 0.02), (0.803, 0.085)], 192))
    for height in (0.016, 0.09):
        model.add("brass", ring(0.793, 0.016, 160), at(0, 0, height))
    model.add("band", lathe([(0.800, 0.095), (0.692, BOARD - 0.005)], 192))
    model.add("brass", ring(0.680, 0.019, 160), at(0, 0, BOARD))
    model.add("board", plate(circle(0.68, 128), 0.01), at(0, 0, BOARD - 0.01))


def _legs(model: ObjectModel) -> None:
    for x in (-0.16, 0.16):
        model.add("red", rounded_box((0.25, 0.37, 0.15), 0.06), at(x, -0.05, BOARD + 0.095))
        model.add("black", rounded_box((0.26, 0.38, 0.05), 0.02), at(x, -0.05, BOARD + 0.025))
        bellows = [(0.0, 0.0)]
        for i in range(4):
            z = 0.045 * i
            bellows += arc((0.062, z + 0.0225), 0.0225, -90, 90, 8)
        bellows += [(0.0, 0.18)]
        model.add("graphite", lathe(bellows, 48), at(x, 0, BOARD + 0.155))


def _body(model: ObjectModel) -> None:
    width, depth, bottom, top = 0.62, 0.44, 0.57, 1.11
    middle = (bottom + top) / 2
    model.add("teal", rounded_box((width, depth, top - bottom), 0.07, 8), at(0, 0, middle))
    model.add("brass", rounded_box((width + 0.024, depth + 0.024, 0.05), 0.022), at(0, 0, 0.635))
    # Front: panel, gauge, four buttons and the rivets of its corners.
    y = -depth / 2
    z = 0.865
    model.add("chest", plate(rectangle(0.50, 0.385, 0.05), 0.016, 0.006), _facing(FRONT, (0, y, z)))
    dial = _facing(FRONT, (-0.125, y - 0.014, z + 0.055))
    model.add("gauge", plate(circle(0.092), 0.014), dial)
    model.add("brass", ring(0.094, 0.014), dial @ at(0, 0, 0.012))
    for i, colour in enumerate(("red", "yellow", "teal", "navy")):
        place = _facing(FRONT, (-0.165 + 0.11 * i, y - 0.014, z - 0.115))
        model.add("brass", cylinder(0.041, 0.008, 0.003), place)
        model.add(colour, sphere(0.032, 24), place @ at(0, 0, 0.008))
    _rivets(model, FRONT, (0, y - 0.014, z), 0.225, 0.168)
    # Back: hatch and wind-up key.
    model.add("back", plate(rectangle(0.48, 0.385, 0.05), 0.016, 0.006), _facing(BACK, (0, -y, z)))
    _rivets(model, BACK, (0, -y + 0.014, z), 0.213, 0.168)
    key = frame((math.cos(0.6), 0, math.sin(0.6)), (-math.sin(0.6), 0, math.cos(0.6)), (0, -y, z))
    model.add("brass", cylinder(0.05, 0.03, 0.008), _facing(BACK, (0, -y, z)))
    model.add("brass", tube([(0, -y, z), (0, -y + 0.15, z)], 0.021))
    for side in (-1, 1):
        loop = [
            (side * (0.105 + 0.088 * math.cos(a)), 0.062 * math.sin(a), 0.0)
            for a in np.linspace(0, 2 * math.pi, 49)[:-1]
        ]
        bent = [tuple((key @ [px, py, 0, 1])[:3] + [0, 0.165, 0]) for px, py, _ in loop]
        model.add("brass", tube(bent, 0.021, closed=True))
    # Sides: louvres.
    for normal, x in ((LEFT, width / 2), (RIGHT, -width / 2)):
        model.add("cream", plate(rectangle(0.28, 0.20, 0.03), 0.008), _facing(normal, (x, 0, 0.79)))
        for i in range(4):
            slot = _facing(normal, (x + 0.01 * normal[0], 0, 0.72 + 0.046 * i))
            model.add("navy", rounded_box((0.21, 0.021, 0.024), 0.01, 3), slot)


def _rivets(
    model: ObjectModel,
    normal: tuple[int, int, int],
    centre: tuple[float, float, float],
    dx: float,
    dz: float,
) -> None:
    for sx in (-1, 1):
        for sz in (-1, 1):
            place = _facing(normal, (centre[0] + sx * dx, centre[1], centre[2] + sz * dz))
            model.add("brass", sphere(0.013, 16), place)


def _head(model: ObjectModel) -> None:
    coil = [
        (0.085 * math.cos(a), 0.085 * math.sin(a), 1.10 + 0.12 * a / (8 * math.pi))
        for a in np.linspace(0, 8 * math.pi, 200)
    ]
    model.add("graphite", cylinder(0.05, 0.14), at(0, 0, 1.09))
    model.add("brass", tube(coil, 0.013, sides=10))
    width, depth, z = 0.54, 0.42, 1.40
    model.add("yellow", rounded_box((width, depth, 0.38), 0.11, 8), at(0, 0, z))
    model.add(
        "teal",
        plate(rectangle(depth + 0.018, 0.398, 0.118), 0.11, 0.004),
        frame((0, 1, 0), (0, 0, 1), (-0.055, 0, z)),
    )
    model.add(
        "cream",
        plate(rectangle(0.42, 0.27, 0.08), 0.014, 0.005),
        _facing(FRONT, (0, -depth / 2 + 0.002, z + 0.005)),
    )
    for x in (-0.105, 0.105):
        eye = _facing(FRONT, (x, -depth / 2 - 0.008, z + 0.045))
        model.add("brass", cylinder(0.088, 0.035, 0.008), eye)
        cap = lathe([(0.076, 0.035), *arc((0, -0.06), 0.122, 52, 90, 10)], 48)
        cap.uv[:] = cap.vertices[:, :2] / (2 * 0.076) + 0.5
        model.add("iris", cap, eye)
        brow = [
            (x - 0.075, -depth / 2 - 0.02, z + 0.135),
            (x, -depth / 2 - 0.03, z + 0.155),
            (x + 0.075, -depth / 2 - 0.02, z + 0.135),
        ]
        model.add("red", tube(curve(brow, 20), 0.012))
    model.add(
        "black",
        plate(rectangle(0.24, 0.062, 0.03), 0.006),
        _facing(FRONT, (0, -depth / 2 - 0.012, z - 0.085)),
    )
    for i in range(6):
        x = -0.09 + 0.036 * i
        model.add(
            "brass",
            tube([(x, -depth / 2 - 0.018, z - 0.112), (x, -depth / 2 - 0.018, z - 0.058)], 0.008),
        )
    model.add(
        "number",
        plate(rectangle(0.26, 0.13, 0.02), 0.022, 0.004),
        _facing(BACK, (0, depth / 2 - 0.002, z)),
    )
    for side in (-1, 1):
        wall = _facing(LEFT if side > 0 else RIGHT, (side * width / 2, 0, z))
        model.add("brass", cylinder(0.10, 0.024, 0.008), wall)
        model.add("red", lathe([(0.075, 0.02), (0.06, 0.05), (0.03, 0.075), (0.0, 0.08)]), wall)
    # Aerial: a lathed foot, a wire with two rings, a ball.
    model.add(
        "brass",
        lathe([(0.10, 0), (0.09, 0.022), (0.04, 0.04), (0.022, 0.08), (0, 0.085)]),
        at(0, 0, z + 0.185),
    )
    model.add("steel", tube([(0, 0, z + 0.2), (0, 0, 1.80)], 0.012))
    for height, radius in ((1.675, 0.07), (1.72, 0.052)):
        model.add("brass", ring(radius, 0.0115, 40), at(0, 0, height))
        model.add("steel", tube([(-radius, 0, height), (radius, 0, height)], 0.008))
    model.add("red", sphere(0.062), at(0, 0, 1.80))


def _arm(model: ObjectModel, controls: list[tuple[float, float, float]]) -> Array:
    """A ribbed hose with a claw; returns the hand's position."""
    path = curve(controls, 120)
    ribs = 0.047 + 0.008 * np.sin(np.linspace(0, 2 * math.pi * 9, len(path)))
    model.add("graphite", tube(path, ribs, sides=24))
    model.add("brass", sphere(0.082), at(*controls[0]))
    direction = path[-1] - path[-3]
    wrist = along(path[-1], path[-1] + direction)
    model.add("brass", cylinder(0.066, 0.045, 0.01), wrist @ at(0, 0, -0.01))
    for side in (-1, 1):
        claw = curve(
            [
                (side * 0.03, 0, 0.03),
                (side * 0.085, 0, 0.07),
                (side * 0.085, 0, 0.13),
                (side * 0.045, 0, 0.175),
            ],
            32,
        )
        model.add("red", tube(claw, np.linspace(0.026, 0.018, 32)), wrist)
    return (wrist @ at(0, 0, 0.12))[:3, 3]


def _voxels(model: ObjectModel, palette: Callable[[int, int, int], str]) -> None:
    """The raised arm and the cube of 27 voxels on its hand."""
    hand = _arm(
        model, [(0.35, 0, 1.00), (0.50, -0.03, 0.96), (0.62, -0.08, 1.04), (0.65, -0.11, 1.15)]
    )
    cell = 0.118
    turn = at(0, 0, 0, 28)
    centre = hand + [0.012, -0.02, 0.235]
    for i in range(3):
        for j in range(3):
            for k in range(3):
                offset = turn[:3, :3] @ (np.array([i - 1, j - 1, k - 1]) * cell)
                x, y, z = centre + offset
                voxel = rounded_box((0.104,) * 3, 0.016, 3)
                model.add(palette(i, j, k), voxel, at(x, y, z, 28))


def _lantern(model: ObjectModel) -> None:
    """The lowered arm and the wire lantern hanging from its hand."""
    hand = _arm(
        model, [(-0.35, 0, 1.00), (-0.49, -0.02, 0.99), (-0.58, -0.10, 0.93), (-0.60, -0.20, 0.86)]
    )
    x, y = hand[0], hand[1]
    top = hand[2] - 0.02
    handle = curve(
        [
            (x - 0.085, y, top - 0.13),
            (x - 0.075, y, top - 0.05),
            (x, y, top),
            (x + 0.075, y, top - 0.05),
            (x + 0.085, y, top - 0.13),
        ],
        48,
    )
    model.add("steel", tube(handle, 0.011))
    roof = top - 0.19
    model.add(
        "brass",
        lathe(
            [(0.0, 0.0), (0.115, 0.0), (0.115, 0.012), (0.075, 0.05), (0.032, 0.07), (0.0, 0.075)]
        ),
        at(x, y, roof),
    )
    model.add("brass", ring(0.03, 0.009, 32), frame((1, 0, 0), (0, 0, 1), (x, y, roof + 0.095)))
    for side in (-1, 1):
        model.add(
            "steel", tube([(x + side * 0.085, y, roof), (x + side * 0.085, y, top - 0.13)], 0.011)
        )
    floor = roof - 0.23
    model.add(
        "brass",
        lathe([(0.0, 0.0), (0.10, 0.0), (0.115, 0.018), (0.115, 0.035), (0.0, 0.045)]),
        at(x, y, floor),
    )
    model.add("brass", ring(0.102, 0.009), at(x, y, (roof + floor) / 2 + 0.01))
    for i in range(6):
        a = math.pi * (i / 3 + 1 / 6)
        dx, dy = 0.1 * math.cos(a), 0.1 * math.sin(a)
        model.add("steel", tube([(x + dx, y + dy, floor + 0.03), (x + dx, y + dy, roof)], 0.010))
    model.add(
        "glow",
        lathe(
            [
                (0.0, 0.0),
                (0.05, 0.0),
                *arc((0, 0.09), 0.065, -40, 60, 12),
                (0.02, 0.17),
                (0.0, 0.178),
            ]
        ),
        at(x, y, floor + 0.04),
    )


def _things(model: ObjectModel) -> None:
    """What stands about on the board: letter blocks, a ball and a ruler."""
    side, half = 0.21, 0.105
    box = rounded_box((side,) * 3, 0.016, 3)
    model.add("block 1", box, at(0.45, 0.30, BOARD + half, 20))
    model.add("block 2", box, at(0.21, 0.48, BOARD + half, -12))
    model.add("block 3", box, at(0.33, 0.39, BOARD + 3 * half, 41))
    model.add(
        "ball",
        sphere(0.125, 64),
        frame((1, 0.2, 0), (-0.1, 0.5, 0.7), (0.47, -0.27, BOARD + 0.125)),
    )
    model.add(
        "ruler", plate(rectangle(0.80, 0.105, 0.008), 0.018, 0.004), at(-0.03, -0.46, BOARD, 5)
    )
    # A pencil at the back: painted shaft, wooden cone, lead.
    pencil = at(-0.14, 0.55, BOARD + 0.03, 232)
    lying = pencil @ frame((0, 1, 0), (0, 0, 1))
    shaft = lathe([(0.0, 0.0), (0.03, 0.0), (0.03, 0.42)], 6)
    model.add("green", shaft, lying)
    model.add("wood", lathe([(0.03, 0.42), (0.01, 0.50)], 24), lying)
    model.add("black", lathe([(0.01, 0.50), (0.0, 0.525)], 24), lying)
    model.add("red", cylinder(0.03, 0.05, 0.006, 24), lying @ at(0, 0, -0.07))
    model.add("brass", cylinder(0.032, 0.03, 0.002, 24), lying @ at(0, 0, -0.025))


def build() -> ObjectModel:
    """The whole object with its materials."""
    model = ObjectModel(_materials())
    model.materials["green"] = Material(GREEN, 0.35, clearcoat=0.5)
    model.materials["wood"] = Material((230, 196, 144), 0.6)
    steps = (38, 116, 192)
    for i, r in enumerate(steps):
        for j, g in enumerate(steps):
            for k, b in enumerate(steps):
                model.materials[f"voxel {i}{j}{k}"] = Material((r, g, b), 0.35, clearcoat=0.4)
    # The white corner would be lost against the white ground.
    model.materials["voxel 222"] = Material((236, 148, 36), 0.35, clearcoat=0.4)
    _base(model)
    _legs(model)
    _body(model)
    _head(model)
    _voxels(model, lambda i, j, k: f"voxel {i}{j}{k}")
    _lantern(model)
    _things(model)
    return model
