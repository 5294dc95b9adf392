"""Pictures painted by code for the sample object: wood, enamel lettering, dials and a ruler."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Colour = tuple[int, int, int]

CREAM: Colour = (243, 228, 196)
NAVY: Colour = (26, 44, 78)
TEAL: Colour = (28, 136, 140)
RED: Colour = (214, 70, 52)
YELLOW: Colour = (240, 178, 52)
GREEN: Colour = (92, 158, 82)
INK: Colour = (38, 34, 36)
MAPLE: Colour = (196, 148, 94)
WALNUT: Colour = (120, 74, 44)


def font(size: float, bold: bool = True) -> ImageFont.FreeTypeFont:
    """DejaVu Sans (its licence leaves pictures of text free), as installed on this machine."""
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    try:
        return ImageFont.truetype(name, round(size))
    except OSError as error:
        raise SystemExit(f"{name}: font not found; install the DejaVu fonts") from error


def _noise(width: int, height: int, cells: tuple[int, int], seed: int) -> NDArray[np.float64]:
    """Smooth noise, mean 0, about ±1: a random `cells` grid enlarged bicubically."""
    coarse = np.random.default_rng(seed).standard_normal((cells[1], cells[0])).astype(np.float32)
    enlarged = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(enlarged, float)


def wood(width: int, height: int, colour: Colour, seed: int, contrast: float = 1.0) -> Image.Image:
    """Straight-grained wood, grain along x."""
    y = np.linspace(0, 1, height)[:, None]
    warp = 0.05 * _noise(width, height, (4, 6), seed)
    warp += 0.008 * _noise(width, height, (12, 40), seed)
    rings = np.sin(2 * math.pi * 14 * (y + warp))
    fibre = _noise(width, height, (24, 220), seed + 1)
    shade = 1 + contrast * (0.09 * rings + 0.045 * fibre)
    pixels = np.asarray(colour, float) * shade[..., None] ** [1.0, 1.15, 1.3]
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def _centred(
    image: Image.Image,
    xy: tuple[float, float],
    text: str,
    size: float,
    colour: Colour,
    bold: bool = True,
) -> None:
    ImageDraw.Draw(image).text(xy, text, fill=colour, font=font(size, bold), anchor="mm")


def _star(x: float, y: float, radius: float, points: int = 4) -> list[tuple[float, float]]:
    radii = [radius, radius * 0.38] * points
    angles = np.arange(2 * points) * math.pi / points
    return [(x + r * math.sin(a), y - r * math.cos(a)) for r, a in zip(radii, angles, strict=True)]


def lettering_band() -> Image.Image:
    """The sloping band round the base: the name three times, with stars between."""
    width, height, repeats = 8448, 336, 3
    image = Image.new("RGB", (width, height), NAVY)
    draw = ImageDraw.Draw(image)
    for y, line in ((20, 12), (height - 32, 12)):
        draw.rectangle((0, y, width, y + line), fill=YELLOW)
    text, face = "DEEPVOXELS", font(236)
    for i in range(repeats):
        # Letters are set one by one, evenly spread; the first name's middle faces -y (u = 3/4).
        middle = width * ((0.75 + i / repeats) % 1)
        pitch = width / repeats * 0.82 / len(text)
        for j, letter in enumerate(text):
            x = (middle + (j - (len(text) - 1) / 2) * pitch) % width
            for wrapped in (x - width, x, x + width):
                draw.text((wrapped, height / 2 + 2), letter, CREAM, face, anchor="mm")
        x = (middle + width / repeats / 2) % width
        for wrapped in (x - width, x, x + width):
            draw.polygon(_star(wrapped, height / 2, 104), fill=RED)
    return image


def scale_rim() -> Image.Image:
    """The upright rim of the base: a map's scale bar, 48 fields."""
    fields, pixels = 48, 64
    image = wood(fields * pixels, pixels, CREAM, 5, 0.4)
    dark = wood(fields * pixels, pixels, WALNUT, 6, 0.8)
    mask = Image.new("L", image.size)
    draw = ImageDraw.Draw(mask)
    for i in range(0, fields, 2):
        draw.rectangle((i * pixels, 0, (i + 1) * pixels - 1, pixels), fill=255)
    image.paste(dark, mask=mask)
    return image


def board() -> Image.Image:
    """The round top of the base: a marquetry of maple and walnut squares in a walnut border."""
    size, squares = 1536, 10
    image = wood(size, size, (112, 66, 42), 1)
    light, dark = wood(size, size, MAPLE, 2), wood(size, size, (150, 98, 60), 3)
    draw_mask = Image.new("L", (size, size))
    draw = ImageDraw.Draw(draw_mask)
    step = size / squares
    for i in range(squares):
        for j in range(squares):
            if (i + j) % 2:
                draw.rectangle((i * step, j * step, (i + 1) * step - 1, (j + 1) * step - 1), 255)
    light.paste(dark.rotate(90), mask=draw_mask)
    inner = Image.new("L", (size, size))
    ImageDraw.Draw(inner).ellipse((size * 0.08, size * 0.08, size * 0.92, size * 0.92), 255)
    image.paste(light, mask=inner)
    box = (size * 0.08, size * 0.08, size * 0.92, size * 0.92)
    ImageDraw.Draw(image).ellipse(box, outline=(84, 50, 32), width=14)
    return image


def chest() -> Image.Image:
    """The robot's front panel: name, gauge and a frame; 440×340 units of its plate."""
    width, height = 1100, 850
    image = Image.new("RGB", (width, height), CREAM)
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((28, 28, width - 28, height - 28), 60, outline=TEAL, width=16)
    _centred(image, (width * 0.70, 190), "DV·3", 170, RED)
    _centred(image, (width * 0.70, 330), "VOXEL", 112, NAVY)
    _centred(image, (width * 0.70, 436), "ROBOT", 112, NAVY)
    draw.rectangle((520, 516, 1020, 530), fill=YELLOW)
    return image


def gauge() -> Image.Image:
    """A round dial with ticks, a red sector and a needle."""
    size = 512
    middle = size / 2
    image = Image.new("RGB", (size, size), (250, 246, 236))
    draw = ImageDraw.Draw(image)
    draw.pieslice((24, 24, size - 24, size - 24), -40, 40, fill=RED)
    draw.pieslice((24, 24, size - 24, size - 24), -100, -40, fill=YELLOW)
    draw.ellipse((100, 100, size - 100, size - 100), fill=(250, 246, 236))
    for degrees in range(-220, 41, 26):
        a = math.radians(degrees)
        ends = [(middle + r * math.cos(a), middle + r * math.sin(a)) for r in (150, 232)]
        draw.line(ends, fill=INK, width=14)
    a = math.radians(-62)
    draw.line([(middle, middle), (middle + 190 * math.cos(a), middle + 190 * math.sin(a))], INK, 26)
    draw.ellipse((middle - 36, middle - 36, middle + 36, middle + 36), fill=INK)
    _centred(image, (middle, size * 0.75), "64³", 84, NAVY)
    return image


def back_plate() -> Image.Image:
    """The hatch at the robot's back."""
    width, height = 1000, 800
    image = Image.new("RGB", (width, height), NAVY)
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((30, 30, width - 30, height - 30), 60, outline=YELLOW, width=14)
    _centred(image, (width / 2, 130), "WIND ME UP", 118, CREAM)
    draw.arc((270, 200, 730, 660), 20, 160, fill=RED, width=34)
    draw.polygon([(250, 560), (330, 470), (220, 430)], fill=RED)
    _centred(image, (width / 2, height - 86), "No. 2019", 96, CREAM)
    return image


def head_plate() -> Image.Image:
    """The number plate on the back of the head."""
    image = Image.new("RGB", (600, 280), CREAM)
    ImageDraw.Draw(image).rectangle((16, 16, 584, 264), outline=INK, width=10)
    _centred(image, (300, 146), "3-D", 210, RED)
    return image


def iris() -> Image.Image:
    """An eye: dark pupil, lit iris, two catchlights."""
    size = 512
    y, x = np.mgrid[:size, :size] / (size / 2) - 1
    r = np.hypot(x, y)
    t = np.clip((r - 0.36) / 0.44, 0, 1)[..., None]
    pixels = (1 - t) * np.array([122, 222, 230]) + t * np.array([20, 96, 140])
    pixels[r < 0.36] = (16, 22, 40)
    pixels[r > 0.80] = (240, 240, 236)
    image = Image.fromarray(pixels.astype(np.uint8))
    draw = ImageDraw.Draw(image)
    draw.ellipse((290, 120, 370, 200), fill=(255, 255, 255))
    draw.ellipse((176, 300, 212, 336), fill=(220, 244, 250))
    return image


def ruler() -> Image.Image:
    """A ruler of 10 numbered units."""
    units, pixels = 10, 160
    width, height = units * pixels, 210
    image = Image.new("RGB", (width, height), (24, 104, 110))
    draw = ImageDraw.Draw(image)
    for i in range(units * 2 + 1):
        x = 14 + i * (width - 28) / (units * 2)
        draw.line([(x, 0), (x, 40 if i % 2 else 74)], CREAM, 16)
    for i in range(1, units):
        _centred(image, (14 + i * (width - 28) / units, 142), str(i), 118, CREAM)
    return image


def block(colour: Colour, letters: str) -> Image.Image:
    """The atlas of a letter block: six painted faces, see `meshes.rounded_box`."""
    cell = 320
    image = Image.new("RGB", (3 * cell, 2 * cell))
    for i, letter in enumerate(letters):
        x, y = i % 3 * cell, (1 - i // 3) * cell
        face = wood(cell, cell, (230, 196, 144), 40 + i, 0.7)
        draw = ImageDraw.Draw(face)
        draw.rectangle((0, 0, cell, cell), outline=colour, width=44)
        _centred(face, (cell / 2, cell / 2), letter, 200, colour)
        image.paste(face, (x, y))
    return image


def ball() -> Image.Image:
    """A striped ball, its poles at the picture's top and bottom."""
    width, height = 960, 480
    image = Image.new("RGB", (width, height), CREAM)
    draw = ImageDraw.Draw(image)
    for i, colour in enumerate((RED, YELLOW, TEAL, RED, YELLOW, TEAL)):
        draw.rectangle((i * 160, 0, i * 160 + 79, height), fill=colour)
    draw.rectangle((0, 0, width, 44), fill=NAVY)
    draw.rectangle((0, height - 44, width, height), fill=NAVY)
    return image
