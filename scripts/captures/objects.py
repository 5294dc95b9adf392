"""Every object that there is a capture of, and how it is taken."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from captures import chair, lettered_cube, robot, vase
from captures.model import ObjectModel


@dataclass(frozen=True)
class CaptureRecipe:
    """An object and how its capture is taken.

    Attributes:
        build: models the object.
        size: of the pictures, pixels a side.
        train, test: numbers of views.
        suffix: of the pictures, ".jpg" or ".webp".
    """

    build: Callable[[], ObjectModel]
    size: int
    train: int
    test: int
    suffix: str


RECIPES: Mapping[str, CaptureRecipe] = {
    "robot": CaptureRecipe(robot.build, 256, 176, 24, ".jpg"),
    "vase": CaptureRecipe(vase.build, 128, 100, 24, ".webp"),
    "chair": CaptureRecipe(chair.build, 128, 100, 24, ".webp"),
    "cube": CaptureRecipe(lettered_cube.build, 128, 100, 24, ".webp"),
}
