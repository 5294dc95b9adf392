"""How a ray walks through the field: where it enters, which samples it takes, what is empty.

Compiled; used by `kernels_numba`, which says what fields and samples are.
"""

# numba finds the types by itself.
# mypy: allow-untyped-defs, allow-untyped-calls, allow-untyped-decorators

import math
from typing import Any

import numpy as np
from numba import njit

from dvox_core.radiance_field.vector_ops import mix_rows

ONE = np.float32(1)

ZERO = np.float32(0)

SHIFT = np.float32(4)

HUGE = 1e30

OPTIONS: dict[str, Any] = {
    "nogil": True,
    "cache": True,
    "error_model": "numpy",  # no check of divisors
    "fastmath": {"contract", "arcp", "reassoc", "nsz"},
}

compiled: Any = njit(**OPTIONS)

inlined: Any = njit(inline="always", **OPTIONS)


@inlined
def ray_of_pixel(cameras, view, u, v, lens):
    """A pixel's ray in grid coordinates: origin, unit direction; and depth for a voxel along it."""
    focal, principal_x, principal_y = lens
    x = (u - principal_x) / focal
    y = (v - principal_y) / focal
    dx = cameras[view, 0, 0] * x + cameras[view, 0, 1] * y + cameras[view, 0, 2]
    dy = cameras[view, 1, 0] * x + cameras[view, 1, 1] * y + cameras[view, 1, 2]
    dz = cameras[view, 2, 0] * x + cameras[view, 2, 1] * y + cameras[view, 2, 2]
    cosine = 1.0 / math.sqrt(dx * dx + dy * dy + dz * dz)
    origin = (cameras[view, 0, 3], cameras[view, 1, 3], cameras[view, 2, 3])
    return origin, (dx * cosine, dy * cosine, dz * cosine), cosine


@inlined
def span_in_cube(origin, direction, side):
    """Where a ray enters and leaves the cube 0…side; enter ≥ 0, and leave < enter if it misses."""
    enter, leave = 0.0, HUGE
    for axis in range(3):
        o, d = origin[axis], direction[axis]
        if abs(d) < 1e-12:
            if o < 0 or o >= side:
                leave = -1.0
        else:
            one = -o / d
            other = (side - o) / d
            enter = max(enter, min(one, other))
            leave = min(leave, max(one, other))
    return enter, leave


@inlined
def skip_empty(o, d, brick, distance):
    """How far along the ray one axis of the cube of empty bricks around `brick` ends."""
    if abs(d) < 1e-12:
        return HUGE
    edge = (brick + distance) * 4 if d > 0 else (brick - distance + 1) * 4
    return (edge - o) / d


@inlined
def opacity(raw):
    """Of a raw density over one voxel: 1 − exp(−softplus(raw − 4))."""
    return ONE / (ONE + math.exp(SHIFT - raw))


@inlined
def row_number(ix, iy, iz, bricks):
    """A voxel's number in the order of bricks."""
    brick = ((iz >> 2) * bricks + (iy >> 2)) * bricks + (ix >> 2)
    return (brick << 6) + ((iz & 3) << 4) + ((iy & 3) << 2) + (ix & 3)


@inlined
def row_steps(base, bricks):
    """Numbers from a voxel to the next one along x, y and z."""
    along_x = 1 if base & 3 != 3 else 61
    along_y = 4 if (base >> 2) & 3 != 3 else 64 * bricks - 12
    along_z = 16 if (base >> 4) & 3 != 3 else 64 * bricks * bricks - 48
    return along_x, along_y, along_z


@inlined
def lower_corner(place, side):
    """The lower of two voxels that a place lies between, and its way to the upper one.

    The last voxel's upper neighbour is itself: the same as being wholly at the upper one.
    """
    index = min(max(int(place), 0), side - 2)
    return index, np.float32(min(max(place - index, 0.0), 1.0))


@compiled
def march_inside(
    values, cells, distances, side, origin, direction, start, leave, least, count, light, samples
):
    """Take a ray's samples in the cube at start, start + 1, …; returns count and light with them.

    `light` is (passing, red, green, blue); the march ends where less than `least` passes. Samples
    go to (bases, parts, shades) from `count` on: the lowest row, the place between the rows and
    along the ray, and (opacity, red, green, blue).
    """
    bases, parts, shades = samples
    passing, red, green, blue = light
    ox, oy, oz = origin
    dx, dy, dz = direction
    bricks = side // 4
    step = 0
    while start + step < leave and passing >= least:
        t = start + step
        x, y, z = ox + t * dx, oy + t * dy, oz + t * dz
        ix, fx = lower_corner(x, side)
        iy, fy = lower_corner(y, side)
        iz, fz = lower_corner(z, side)
        bx, by, bz = ix >> 2, iy >> 2, iz >> 2
        distance = np.int64(distances[(bz * bricks + by) * bricks + bx])
        if distance > 0:
            end = min(skip_empty(ox, dx, bx, distance), skip_empty(oy, dy, by, distance))
            end = min(end, skip_empty(oz, dz, bz, distance))
            step = max(step + 1, math.ceil(end - start))
            continue
        step += 1
        base = row_number(ix, iy, iz, bricks)
        if cells[base] == 0:
            continue
        raw, r, g, b = mix_rows(values, base, row_steps(base, bricks), (fx, fy, fz))
        alpha = opacity(raw)
        bases[count] = base
        parts[count, 0] = fx
        parts[count, 1] = fy
        parts[count, 2] = fz
        parts[count, 3] = np.float32(t)
        shades[count, 0] = alpha
        shades[count, 1] = r
        shades[count, 2] = g
        shades[count, 3] = b
        count += 1
        weight = alpha * passing
        red += weight * r
        green += weight * g
        blue += weight * b
        passing *= ONE - alpha
    return count, (passing, red, green, blue)


@compiled
def march_outside(
    values, cells, outer, side, origin, direction, offset, begin, end, least, count, light, samples
):
    """The same in the surroundings, from `begin` to `end` along the ray.

    The world outside the cube is drawn together: with q the place from the cube's centre in half
    sides and m the largest of |q|, it sits at q · (2 − 1/m)/m in −2…2. Steps grow with m.
    """
    first, outer_side, farthest = outer
    bases, parts, shades = samples
    passing, red, green, blue = light
    bricks = outer_side // 4
    half = side * 0.5
    stride = 4.0 / outer_side
    t = begin
    fresh = True
    while passing >= least:
        qx = (origin[0] + t * direction[0]) / half - 1.0
        qy = (origin[1] + t * direction[1]) / half - 1.0
        qz = (origin[2] + t * direction[2]) / half - 1.0
        m = max(max(abs(qx), abs(qy)), max(abs(qz), 1.0))
        length = stride * m * half
        if fresh:
            fresh = False
            t += offset * length
            continue
        if t >= end or m > farthest:
            break
        scale = (2.0 - 1.0 / m) / m
        ix, fx = lower_corner((qx * scale + 2.0) * (outer_side * 0.25), outer_side)
        iy, fy = lower_corner((qy * scale + 2.0) * (outer_side * 0.25), outer_side)
        iz, fz = lower_corner((qz * scale + 2.0) * (outer_side * 0.25), outer_side)
        base = first + row_number(ix, iy, iz, bricks)
        if cells[base] != 0:
            raw, r, g, b = mix_rows(values, base, row_steps(base, bricks), (fx, fy, fz))
            alpha = opacity(raw)
            bases[count] = base
            parts[count, 0] = fx
            parts[count, 1] = fy
            parts[count, 2] = fz
            parts[count, 3] = np.float32(t)
            shades[count, 0] = alpha
            shades[count, 1] = r
            shades[count, 2] = g
            shades[count, 3] = b
            count += 1
            weight = alpha * passing
            red += weight * r
            green += weight * g
            blue += weight * b
            passing *= ONE - alpha
        t += length
    return count, (passing, red, green, blue)


@compiled
def march(grid, origin, direction, offset, least, count, samples):
    """Take all samples of a ray: before the cube, in it and behind it."""
    values, cells, distances, side, outer = grid
    enter, leave = span_in_cube(origin, direction, side)
    light = (ONE, ZERO, ZERO, ZERO)
    hits = enter < leave
    if outer[1] > 0 and (enter > 0 or not hits):
        count, light = march_outside(
            values,
            cells,
            outer,
            side,
            origin,
            direction,
            offset,
            0.0,
            enter if hits else HUGE,
            least,
            count,
            light,
            samples,
        )
    if hits:
        count, light = march_inside(
            values,
            cells,
            distances,
            side,
            origin,
            direction,
            enter + offset,
            leave,
            least,
            count,
            light,
            samples,
        )
        if outer[1] > 0:
            count, light = march_outside(
                values,
                cells,
                outer,
                side,
                origin,
                direction,
                offset,
                leave,
                HUGE,
                least,
                count,
                light,
                samples,
            )
    return count, light
