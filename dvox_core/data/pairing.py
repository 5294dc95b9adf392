"""Pairs pictures and poses by their names; by their order only where names cannot be compared."""

import re
from collections.abc import Sequence
from pathlib import Path

from dvox_core.errors import CaptureError


def pair_names(
    folder: Path, pictures: Sequence[str], poses: Sequence[str]
) -> tuple[list[int], str]:
    """Which pose belongs to each picture.

    Args:
        folder: of rgb/ and pose/, for messages.
        pictures: their names without ending, in order.
        poses: the same.

    Returns:
        For each picture its pose's index, and a note for the user ("" where names agree).

    Raises:
        CaptureError: unequal counts, or names that can be compared and do not agree.
    """
    by_name = _by(list(pictures), list(poses))
    if by_name is not None:
        return by_name, ""
    if len(pictures) != len(poses):
        raise CaptureError(
            f"{folder}: {len(pictures)} pictures in rgb/ but {len(poses)} poses in pose/"
            f"{_partnerless(pictures, poses)}; each picture needs one pose"
        )
    if set(pictures) & set(poses):
        raise CaptureError(
            f"{folder}: pictures in rgb/ and poses in pose/ do not belong together"
            f"{_partnerless(pictures, poses)}; give each picture the pose of its name, or leave "
            "it out"
        )
    numbers = [_numbers(pictures), _numbers(poses)]
    if numbers[0] is not None and numbers[1] is not None:
        by_number = _by(numbers[0], numbers[1])
        if by_number is not None:
            return by_number, f"{folder.name}: poses paired with pictures by the numbers in names"
        if set(numbers[0]) & set(numbers[1]):
            lost = sorted(set(numbers[0]) ^ set(numbers[1]))
            raise CaptureError(
                f"{folder}: the numbers in the names of pictures in rgb/ and poses in pose/ do not "
                f"agree (without a partner: {', '.join(map(str, lost[:3]))}); give each picture "
                "the number of its pose, or leave it out"
            )
    return list(range(len(pictures))), (
        f"{folder.name}: pictures and poses have names that cannot be compared "
        f"({pictures[0]}, {poses[0]}), so they are paired in their order; check one"
    )


def _by(pictures: "list[str] | list[int]", poses: "list[str] | list[int]") -> list[int] | None:
    """Each picture's pose by equal keys; None where keys differ or stand twice."""
    places = {key: index for index, key in enumerate(poses)}
    if len(places) != len(poses) or set(pictures) != set(places) or len(pictures) != len(poses):
        return None
    return [places[key] for key in pictures]


def _numbers(names: Sequence[str]) -> list[int] | None:
    """The number that tells names apart: the one place of digits that differs between them.

    None where there is none in every name, or the texts around it differ.
    """
    parts = [re.split(r"(\d+)", name) for name in names]
    if len({len(part) for part in parts}) != 1 or len(parts[0]) == 1:
        return None
    if len({tuple(part[::2]) for part in parts}) != 1:
        return None
    columns = [[int(part[place]) for part in parts] for place in range(1, len(parts[0]), 2)]
    changing = [column for column in columns if len(set(column)) > 1]
    if len(changing) != 1 or len(set(changing[0])) != len(names):
        return None
    return changing[0]


def _partnerless(pictures: Sequence[str], poses: Sequence[str]) -> str:
    extra = sorted(set(pictures) ^ set(poses))
    return f" (without a partner: {', '.join(extra[:3])})" if extra else ""
