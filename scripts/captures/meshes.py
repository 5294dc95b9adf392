"""Triangle meshes of simple solids, with normals and texture coordinates, made with numpy."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

SMOOTH_BELOW = math.radians(35)  # a sharper corner of a turned profile keeps its edge


@dataclass(frozen=True)
class Mesh:
    """Triangles, counter-clockwise seen from outside; v of `uv` runs upwards in the texture."""

    vertices: Array  # [N, 3]
    normals: Array  # [N, 3], unit length
    uv: Array  # [N, 2]
    faces: NDArray[np.int32]  # [M, 3]

    def moved(self, local_to_world: Array) -> Mesh:
        """The mesh under a 4×4 matrix made of rotations, translations and one uniform scale."""
        linear = local_to_world[:3, :3]
        normals = self.normals @ linear.T
        normals /= np.linalg.norm(normals, axis=1, keepdims=True)
        return Mesh(self.vertices @ linear.T + local_to_world[:3, 3], normals, self.uv, self.faces)

    def write_ply(self, path: Path) -> None:
        """Write a binary PLY file with normals and texture coordinates."""
        columns = ["x", "y", "z", "nx", "ny", "nz", "u", "v"]
        header = ["ply", "format binary_little_endian 1.0", f"element vertex {len(self.vertices)}"]
        header += [f"property float {column}" for column in columns]
        header += [f"element face {len(self.faces)}", "property list uchar int vertex_indices"]
        header += ["end_header", ""]
        face_type = np.dtype([("count", "u1"), ("index", "<i4", 3)])
        faces = np.empty(len(self.faces), face_type)
        faces["count"], faces["index"] = 3, self.faces
        vertices = np.hstack([self.vertices, self.normals, self.uv]).astype("<f4")
        path.write_bytes("\n".join(header).encode() + vertices.tobytes() + faces.tobytes())


def merge(meshes: Iterable[Mesh]) -> Mesh:
    """All meshes as one."""
    parts = list(meshes)
    starts = np.cumsum([0] + [len(part.vertices) for part in parts[:-1]])
    return Mesh(
        np.concatenate([part.vertices for part in parts]),
        np.concatenate([part.normals for part in parts]),
        np.concatenate([part.uv for part in parts]),
        np.concatenate([part.faces + start for part, start in zip(parts, starts, strict=True)]),
    )


def frame(x_axis: ArrayLike, y_axis: ArrayLike, origin: ArrayLike = (0, 0, 0)) -> Array:
    """The 4×4 matrix taking local axes to two given perpendicular axes and their cross product."""
    x, y = (np.asarray(axis, float) / np.linalg.norm(axis) for axis in (x_axis, y_axis))
    matrix = np.eye(4)
    matrix[:3] = np.stack([x, y, np.cross(x, y), np.asarray(origin, float)], axis=1)
    return matrix


def at(x: float, y: float, z: float, turn: float = 0.0) -> Array:
    """The 4×4 matrix that turns by `turn` degrees about z, then moves to (x, y, z)."""
    c, s = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    return frame((c, s, 0), (-s, c, 0), (x, y, z))


def along(start: ArrayLike, end: ArrayLike) -> Array:
    """The 4×4 matrix that puts the local z axis at `start`, pointing to `end`."""
    z = np.asarray(end, float) - np.asarray(start, float)
    z /= np.linalg.norm(z)
    helper = np.eye(3)[np.argmin(np.abs(z))]
    x = np.cross(helper, z)
    x /= np.linalg.norm(x)
    return frame(x, np.cross(z, x), start)


def _grid_faces(rows: int, columns: int) -> NDArray[np.int32]:
    """Triangles of a rows×columns grid of vertices, outside where column × row points."""
    index = np.arange(rows * columns).reshape(rows, columns)
    a, b = index[:-1, :-1].ravel(), index[:-1, 1:].ravel()
    c, d = index[1:, 1:].ravel(), index[1:, :-1].ravel()
    return np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)]).astype(np.int32)


def _swept(vertices: list[Array], normals: list[Array], uv: list[Array]) -> Mesh:
    """The surface through rows of equally many points."""
    faces = _grid_faces(len(vertices), len(vertices[0]))
    return Mesh(np.concatenate(vertices), np.concatenate(normals), np.concatenate(uv), faces)


def lathe(profile: Sequence[tuple[float, float]], segments: int = 96) -> Mesh:
    """Turn a profile of (radius, z) about z; it runs upwards along the outside of the solid.

    u is the angle about z from +x, v the length along the profile, both 0…1.
    """
    points = np.asarray(profile, float)
    steps = np.diff(points, axis=0)
    lengths = np.linalg.norm(steps, axis=1)
    slopes = np.arctan2(steps[:, 1], steps[:, 0])
    position = np.concatenate([[0], np.cumsum(lengths)]) / lengths.sum()
    angle = np.linspace(0, 2 * math.pi, segments + 1)
    strips = []
    for i, slope in enumerate(slopes):
        ends = [slope, slope]
        for end, other in ((0, i - 1), (1, i + 1)):
            if 0 <= other < len(slopes):
                bend = math.remainder(slopes[other] - slope, 2 * math.pi)
                if abs(bend) < SMOOTH_BELOW:
                    ends[end] = slope + bend / 2
        vertices, normals, uv = [], [], []
        for (r, z), tilt, v in zip(points[i : i + 2], ends, position[i : i + 2], strict=True):
            cos, sin, one = np.cos(angle), np.sin(angle), np.ones_like(angle)
            vertices.append(np.stack([r * cos, r * sin, z * one], 1))
            out, up = math.sin(tilt), -math.cos(tilt)
            normals.append(np.stack([out * cos, out * sin, up * one], 1))
            uv.append(np.stack([angle / (2 * math.pi), v * one], 1))
        strips.append(_swept(vertices, normals, uv))
    return merge(strips)


def arc(
    centre: tuple[float, float], radius: float, start: float, end: float, count: int = 12
) -> list[tuple[float, float]]:
    """Points of a circle's arc, angles in degrees, for profiles and outlines."""
    angles = np.radians(np.linspace(start, end, count + 1))
    return [(centre[0] + radius * math.cos(a), centre[1] + radius * math.sin(a)) for a in angles]


def sphere(radius: float, segments: int = 48) -> Mesh:
    """A sphere about the origin, its poles on z."""
    profile = [(max(r, 0.0), z) for r, z in arc((0, 0), radius, -90, 90, segments // 2)]
    return lathe(profile, segments)


def cylinder(radius: float, height: float, bevel: float = 0.0, segments: int = 48) -> Mesh:
    """A closed cylinder standing on the origin."""
    b = bevel
    profile = [(0.0, 0.0), (radius - b, 0.0), (radius, b), (radius, height - b)]
    profile += [(radius - b, height), (0.0, height)]
    return lathe(profile, segments)


def tube(
    path: ArrayLike, radius: ArrayLike, closed: bool = False, sides: int = 16, caps: bool = True
) -> Mesh:
    """Sweep a circle along a path [N, 3]; `radius` is one number or one a point."""
    points = np.asarray(path, float)
    if closed:
        points = np.concatenate([points, points[:1]])
    radii = np.broadcast_to(np.asarray(radius, float), len(points))
    tangents = np.gradient(points, axis=0)
    if closed:
        tangents[0] = tangents[-1] = points[1] - points[-2]
    tangents /= np.linalg.norm(tangents, axis=1, keepdims=True)
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    growth = np.gradient(radii, length)
    side = np.cross(tangents[0], np.eye(3)[np.argmin(np.abs(tangents[0]))])
    angle = np.linspace(0, 2 * math.pi, sides + 1)
    vertices, normals, uv = [], [], []
    for point, tangent, r, slope, s in zip(points, tangents, radii, growth, length, strict=True):
        side = side - tangent * (side @ tangent)  # parallel transport: the least twist
        side /= np.linalg.norm(side)
        other = np.cross(tangent, side)
        ring = np.outer(np.cos(angle), side) + np.outer(np.sin(angle), other)
        normal = ring - slope * tangent
        vertices.append(point + r * ring)
        normals.append(normal / np.linalg.norm(normal, axis=1, keepdims=True))
        uv.append(np.stack([angle / (2 * math.pi), np.full_like(angle, s / length[-1])], 1))
    body = _swept(vertices, normals, uv)
    if closed or not caps:
        return body
    first = along(points[0], points[0] - tangents[0])
    last = along(points[-1], points[-1] + tangents[-1])
    disc = [(0.0, 0.0)]
    ends = [
        lathe([(float(r), 0.0), *disc], sides).moved(matrix)
        for r, matrix in ((radii[0], first), (radii[-1], last))
    ]
    return merge([body, *ends])


def ring(radius: float, thickness: float, segments: int = 64) -> Mesh:
    """A torus about z at the origin."""
    circle = [(x, y, 0.0) for x, y in arc((0, 0), radius, 0, 360, segments)[:-1]]
    return tube(circle, thickness, closed=True, sides=20)


def rounded_box(size: tuple[float, float, float], radius: float, steps: int = 6) -> Mesh:
    """A box about the origin with rounded edges.

    Its texture is a 3×2 atlas: +x, -x, +y in the lower row, -y, +z, -z in the upper one.
    """
    half = np.asarray(size, float) / 2
    inner = half - radius
    arm = radius * np.tan(np.radians(np.linspace(0, 45, steps + 1)))
    offsets = [np.concatenate([-(i + arm)[::-1], i + arm]) for i in inner]
    # For every face: axis and sign of its normal, then texture-right and texture-up directions.
    sides = [((0, 1), (1, 1), (2, 1)), ((0, -1), (1, -1), (2, 1)), ((1, 1), (0, -1), (2, 1))]
    sides += [((1, -1), (0, 1), (2, 1)), ((2, 1), (0, 1), (1, 1)), ((2, -1), (0, -1), (1, 1))]
    parts = []
    for cell, ((n, n_sign), (r, r_sign), (u, u_sign)) in enumerate(sides):
        right, up = np.meshgrid(offsets[r], offsets[u])
        q = np.empty((right.size, 3))
        q[:, n], q[:, r], q[:, u] = n_sign * half[n], r_sign * right.ravel(), u_sign * up.ravel()
        core = np.clip(q, -inner, inner)
        normals = (q - core) / np.linalg.norm(q - core, axis=1, keepdims=True)
        within = np.stack([right.ravel() / half[r] / 2 + 0.5, up.ravel() / half[u] / 2 + 0.5], 1)
        uv = (within + [cell % 3, cell // 3]) / [3, 2]
        parts.append(Mesh(core + radius * normals, normals, uv, _grid_faces(*right.shape)))
    return merge(parts)


def plate(outline: ArrayLike, thickness: float, bevel: float = 0.0) -> Mesh:
    """A convex outline [N, 2], counter-clockwise, raised along z from 0 to `thickness`.

    The texture spans the outline's bounding box.
    """
    points = np.asarray(outline, float)
    low, high = points.min(0), points.max(0)
    centre = (low + high) / 2
    inset = centre + (points - centre) * (1 - 2 * bevel / (high - low))
    edge = np.roll(points, -1, 0) - points
    outward = np.stack([edge[:, 1], -edge[:, 0]], 1)
    outward = outward + np.roll(outward, 1, 0)
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)
    count = len(points)

    def level(flat: Array, z: float, tilt: float) -> tuple[Array, Array, Array]:
        vertices = np.column_stack([flat, np.full(len(flat), z)])
        rise = np.full(len(flat), math.sin(tilt))
        around = outward if len(flat) == count else np.zeros_like(flat)
        normals = np.column_stack([around * math.cos(tilt), rise])
        return vertices, normals, (flat - low) / (high - low)

    def band(*levels: tuple[Array, Array, Array]) -> Mesh:
        closed = [[np.concatenate([part, part[:1]]) for part in one] for one in levels]
        vertices, normals, uv = (list(rows) for rows in zip(*closed, strict=True))
        return _swept(vertices, normals, uv)

    top = level(np.concatenate([inset, centre[None]]), thickness, math.pi / 2)
    index = np.arange(count)
    fan = np.stack([index, (index + 1) % count, np.full(count, count)], 1).astype(np.int32)
    shoulder = thickness - bevel
    parts = [Mesh(*top, fan), band(level(points, 0, 0), level(points, shoulder, 0))]
    if bevel > 0:
        slope = math.pi / 4
        parts.append(band(level(points, shoulder, slope), level(inset, thickness, slope)))
    return merge(parts)


def rectangle(width: float, height: float, radius: float) -> list[tuple[float, float]]:
    """The outline of a rectangle with rounded corners, for `plate`."""
    x, y = width / 2 - radius, height / 2 - radius
    corners = [((x, y), 0), ((-x, y), 90), ((-x, -y), 180), ((x, -y), 270)]
    return [point for corner, a in corners for point in arc(corner, radius, a, a + 90, 8)]


def circle(radius: float, count: int = 64) -> list[tuple[float, float]]:
    """The outline of a circle, for `plate`."""
    return arc((0, 0), radius, 0, 360, count)[:-1]


def curve(controls: ArrayLike, count: int = 64) -> Array:
    """A smooth path [count, 3] through control points (Catmull-Rom)."""
    points = np.asarray(controls, float)
    points = np.concatenate([[2 * points[0] - points[1]], points, [2 * points[-1] - points[-2]]])
    spans = len(points) - 3
    result = []
    for t in np.linspace(0, spans, count):
        i = min(int(t), spans - 1)
        s = t - i
        a, b, c, d = points[i : i + 4]
        result.append(
            0.5
            * (
                2 * b
                + (c - a) * s
                + (2 * a - 5 * b + 4 * c - d) * s**2
                + (3 * b - a - 3 * c + d) * s**3
            )
        )
    return np.array(result)
