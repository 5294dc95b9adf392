"""Cameras between a capture's own: on the way from one to a near one, rolled if wanted."""

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation, Slerp
from torch import Tensor

from dvox_core.data.view_sampling import TrainingViews

NEAR_VIEWS = 6
"""The second camera is one of so many, nearest to the first by viewing direction."""


def pose_between(views: TrainingViews, random: np.random.Generator, *, roll: bool) -> Tensor:
    """A camera-to-world transform [4, 4] float64 between two near training views.

    Args:
        random: drawn from alone.
        roll: turn it about its viewing direction by any angle.
    """
    count = len(views.poses)
    first = int(random.integers(count))
    near = views.neighbours[first, 1 : 1 + NEAR_VIEWS]
    second = int(near[random.integers(len(near))])
    share = float(random.uniform())
    one, other = views.poses[first].numpy(), views.poses[second].numpy()
    pose = np.eye(4)
    rotations = Rotation.from_matrix(np.stack([one[:3, :3], other[:3, :3]]))
    pose[:3, :3] = Slerp([0, 1], rotations)(share).as_matrix()
    pose[:3, 3] = _position_between(one, other, share)
    if roll:
        angle = random.uniform(-np.pi, np.pi)
        pose[:3, :3] = pose[:3, :3] @ Rotation.from_rotvec([0, 0, angle]).as_matrix()
    return torch.from_numpy(pose)


def _position_between(
    one: NDArray[np.float64], other: NDArray[np.float64], share: float
) -> NDArray[np.float64]:
    """On the arc about where the two look if they look at one point, else on the straight line."""
    straight = (1 - share) * one[:3, 3] + share * other[:3, 3]
    forwards = np.stack([one[:3, 2], other[:3, 2]])
    # The point nearest to both viewing lines.
    projections = np.eye(3) - forwards[:, :, None] * forwards[:, None, :]
    matrix = projections.sum(axis=0)
    if np.linalg.cond(matrix) > 1e3:
        return straight
    origins = np.stack([one[:3, 3], other[:3, 3]])
    target = np.linalg.solve(matrix, np.einsum("nij,nj->i", projections, origins))
    arms = origins - target
    lengths = np.linalg.norm(arms, axis=1)
    ahead = -(arms * forwards).sum(axis=1)
    if ahead.min() <= 0.5 * lengths.max() or lengths.min() < 0.3 * lengths.max():
        return straight
    arm = (1 - share) * arms[0] / lengths[0] + share * arms[1] / lengths[1]
    length = (1 - share) * lengths[0] + share * lengths[1]
    return np.asarray(target + arm / np.linalg.norm(arm) * length)
