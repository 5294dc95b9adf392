"""A cube whose sides are covered with lettering, which most views see at a steep angle."""

from __future__ import annotations

from PIL import Image, ImageDraw, ImageFont

from captures.meshes import rounded_box
from captures.model import Material, ObjectModel
from captures.robot_textures import CREAM, GREEN, INK, NAVY, RED, TEAL, YELLOW, Colour, font

FACE = 1024  # pixels a side
LINE_WIDTH = 850
SAND: Colour = (224, 200, 150)

FACES: tuple[tuple[Colour, Colour, tuple[tuple[str, int], ...]], ...] = (
    (NAVY, CREAM, (("NOVEL", 230), ("VIEW", 300), ("synthesis", 150), ("0123456789", 120))),
    (RED, CREAM, (("DEEP", 320), ("VOXELS", 230), ("persistent 3D features", 74))),
    (TEAL, YELLOW, (("LIFT", 330), ("INTEGRATE", 150), ("INPAINT", 196), ("project", 120))),
    (YELLOW, INK, (("A B C D", 220), ("E F G H", 220), ("I J K L", 220), ("M N O P", 150))),
    (SAND, NAVY, (("TOP", 400), ("this side up", 130), ("handle with care", 96))),
    (GREEN, CREAM, (("BELOW", 250), ("nobody looks here", 96))),
)
"""Ground, ink, lines (text, greatest size) of the sides, in the order of `meshes.rounded_box`."""


def build() -> ObjectModel:
    """The whole object with its materials."""
    model = ObjectModel({"sides": Material(_atlas(), 0.45, clearcoat=0.2)})
    model.add("sides", rounded_box((1.0, 1.0, 1.0), 0.03))
    return model


def _atlas() -> Image.Image:
    image = Image.new("RGB", (3 * FACE, 2 * FACE))
    for i, (ground, ink, lines) in enumerate(FACES):
        image.paste(_face(ground, ink, lines), (i % 3 * FACE, (1 - i // 3) * FACE))
    return image


def _face(ground: Colour, ink: Colour, lines: tuple[tuple[str, int], ...]) -> Image.Image:
    """A side: a ruled frame, and lines of text spread over its height."""
    face = Image.new("RGB", (FACE, FACE), ground)
    draw = ImageDraw.Draw(face)
    draw.rectangle((56, 56, FACE - 57, FACE - 57), outline=ink, width=14)
    for i in range(0, FACE, 64):  # a ruler along the edges
        draw.rectangle((i, 0, i + 31, 27), fill=ink)
        draw.rectangle((i, FACE - 28, i + 31, FACE), fill=ink)
    faces = [_fitting(text, size) for text, size in lines]
    heights = [chosen.size for chosen in faces]
    gap = (FACE - 160 - sum(heights)) / (len(lines) + 1)
    y = 80 + gap
    for (text, _), chosen in zip(lines, faces, strict=True):
        draw.text((FACE / 2, y + chosen.size / 2), text, fill=ink, font=chosen, anchor="mm")
        y += chosen.size + gap
    return face


def _fitting(text: str, size: float) -> ImageFont.FreeTypeFont:
    """The font of that size, or smaller where the line would leave the frame."""
    width = font(size).getlength(text)
    return font(size * min(1.0, LINE_WIDTH / width))
