"""The field's compiled loops: rays forward and backward, empty blocks skipped, and Adam.

Voxels are rows of four floats (raw density, red, green, blue), in the order of `bricks`; those of
the surroundings, if there are any, come after the cube's. A ray takes samples one voxel apart; a
sample is the trilinear mix of eight rows, and its opacity is sigmoid(raw − 4), which is
1 − exp(−softplus(raw − 4)). `kernels_torch` is the plain twin.

Functions work on a part of the rays or the rows and release the interpreter's lock, so that threads
share a step; what they compute does not depend on how many do.
"""

# numba finds the types by itself.
# mypy: allow-untyped-defs, allow-untyped-calls, allow-untyped-decorators

import math
from typing import Any

import numpy as np
from numba import njit

from dvox_core.radiance_field.vector_ops import add_to_rows, mix_rows

_ONE = np.float32(1)
_ZERO = np.float32(0)
_SHIFT = np.float32(4)
_HUGE = 1e30
_OPTIONS: dict[str, Any] = {
    "nogil": True,
    "cache": True,
    "error_model": "numpy",  # no check of divisors
    "fastmath": {"contract", "arcp", "reassoc", "nsz"},
}
_compiled: Any = njit(**_OPTIONS)
_inlined: Any = njit(inline="always", **_OPTIONS)


@_inlined
def _ray(cameras, view, u, v, lens):
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


@_inlined
def _span(origin, direction, side):
    """Where a ray enters and leaves the cube 0…side; enter ≥ 0, and leave < enter if it misses."""
    enter, leave = 0.0, _HUGE
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


@_inlined
def _skip(o, d, brick, distance):
    """How far along the ray one axis of the cube of empty bricks around `brick` ends."""
    if abs(d) < 1e-12:
        return _HUGE
    edge = (brick + distance) * 4 if d > 0 else (brick - distance + 1) * 4
    return (edge - o) / d


@_inlined
def _opacity(raw):
    return _ONE / (_ONE + math.exp(_SHIFT - raw))


@_inlined
def _number(ix, iy, iz, bricks):
    """A voxel's number in the order of bricks."""
    brick = ((iz >> 2) * bricks + (iy >> 2)) * bricks + (ix >> 2)
    return (brick << 6) + ((iz & 3) << 4) + ((iy & 3) << 2) + (ix & 3)


@_inlined
def _steps(base, bricks):
    """Numbers from a voxel to the next one along x, y and z."""
    along_x = 1 if base & 3 != 3 else 61
    along_y = 4 if (base >> 2) & 3 != 3 else 64 * bricks - 12
    along_z = 16 if (base >> 4) & 3 != 3 else 64 * bricks * bricks - 48
    return along_x, along_y, along_z


@_inlined
def _lower(place, side):
    """The lower of two voxels that a place lies between, and its way to the upper one.

    The last voxel's upper neighbour is itself: the same as being wholly at the upper one.
    """
    index = min(max(int(place), 0), side - 2)
    return index, np.float32(min(max(place - index, 0.0), 1.0))


@_compiled
def _march_inside(
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
        ix, fx = _lower(x, side)
        iy, fy = _lower(y, side)
        iz, fz = _lower(z, side)
        bx, by, bz = ix >> 2, iy >> 2, iz >> 2
        distance = np.int64(distances[(bz * bricks + by) * bricks + bx])
        if distance > 0:
            end = min(_skip(ox, dx, bx, distance), _skip(oy, dy, by, distance))
            end = min(end, _skip(oz, dz, bz, distance))
            step = max(step + 1, math.ceil(end - start))
            continue
        step += 1
        base = _number(ix, iy, iz, bricks)
        if cells[base] == 0:
            continue
        raw, r, g, b = mix_rows(values, base, _steps(base, bricks), (fx, fy, fz))
        alpha = _opacity(raw)
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
        passing *= _ONE - alpha
    return count, (passing, red, green, blue)


@_compiled
def _march_outside(
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
        ix, fx = _lower((qx * scale + 2.0) * (outer_side * 0.25), outer_side)
        iy, fy = _lower((qy * scale + 2.0) * (outer_side * 0.25), outer_side)
        iz, fz = _lower((qz * scale + 2.0) * (outer_side * 0.25), outer_side)
        base = first + _number(ix, iy, iz, bricks)
        if cells[base] != 0:
            raw, r, g, b = mix_rows(values, base, _steps(base, bricks), (fx, fy, fz))
            alpha = _opacity(raw)
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
            passing *= _ONE - alpha
        t += length
    return count, (passing, red, green, blue)


@_compiled
def _march(grid, origin, direction, offset, least, count, samples):
    """Take all samples of a ray: before the cube, in it and behind it."""
    values, cells, distances, side, outer = grid
    enter, leave = _span(origin, direction, side)
    light = (_ONE, _ZERO, _ZERO, _ZERO)
    hits = enter < leave
    if outer[1] > 0 and (enter > 0 or not hits):
        count, light = _march_outside(
            values,
            cells,
            outer,
            side,
            origin,
            direction,
            offset,
            0.0,
            enter if hits else _HUGE,
            least,
            count,
            light,
            samples,
        )
    if hits:
        count, light = _march_inside(
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
            count, light = _march_outside(
                values,
                cells,
                outer,
                side,
                origin,
                direction,
                offset,
                leave,
                _HUGE,
                least,
                count,
                light,
                samples,
            )
    return count, light


@_compiled
def trace_rays(
    grid,  # (values [R·4] float32, cells [R] uint8, distances [(G/4)³] uint8, G, surroundings)
    views,  # (cameras [N, 3, 4] float64, lens, pictures [N, H, W, 3], what makes them 0…1)
    pixels,  # [R] int64: (view·H + row)·W + column
    offsets,  # [R] float64 in 0…1: where in its first voxel a ray begins
    background,  # (red, green, blue)
    pressure,  # added to dL/dα of each sample in the cube
    least,  # a ray ends where less than this would pass
    begin,
    end,
    samples,  # (bases [S] int32, parts [S, 4], gradients [S, 4] float32), out; see `_march_inside`
    losses,  # [R] float32, out: squared error of each ray, summed over the colours
):
    """Render rays begin…end and find the loss's gradient at each sample; returns their number.

    `surroundings` is (first row, side, how far in half sides of the cube); a side of 0 means none.
    """
    cameras, lens, pictures, scale = views
    bases, _, gradients = samples
    first_outer = grid[4][0]
    height, width = pictures.shape[1], pictures.shape[2]
    count = 0
    for ray in range(begin, end):
        pixel = pixels[ray]
        column = pixel % width
        rest = pixel // width
        row = rest % height
        view = rest // height
        origin, direction, _ = _ray(cameras, view, float(column), float(row), lens)
        first = count
        count, light = _march(grid, origin, direction, offsets[ray], least, count, samples)
        passing, red, green, blue = light
        red += passing * background[0]
        green += passing * background[1]
        blue += passing * background[2]
        error_r = red - np.float32(pictures[view, row, column, 0]) * scale
        error_g = green - np.float32(pictures[view, row, column, 1]) * scale
        error_b = blue - np.float32(pictures[view, row, column, 2]) * scale
        losses[ray] = error_r * error_r + error_g * error_g + error_b * error_b
        error_r += error_r
        error_g += error_g
        error_b += error_b
        passing = _ONE
        behind = error_r * red + error_g * green + error_b * blue
        for n in range(first, count):
            alpha = gradients[n, 0]
            color = error_r * gradients[n, 1] + error_g * gradients[n, 2]
            color += error_b * gradients[n, 3]
            weight = alpha * passing
            behind -= weight * color
            push = pressure if bases[n] < first_outer else _ZERO
            gradients[n, 0] = alpha * ((_ONE - alpha) * (passing * color + push) - behind)
            gradients[n, 1] = weight * error_r
            gradients[n, 2] = weight * error_g
            gradients[n, 3] = weight * error_b
            passing *= _ONE - alpha
    return count


@_compiled
def scatter(samples, count, sides, first_outer, share, shares, total):
    """Add samples' gradients to their rows of total [R·4]; of the rows only one share of many.

    The rows of a share are told by y and z alone, so nobody else writes to them, and samples come
    in their own order: the sums do not depend on the number of shares.
    """
    bases, parts, gradients = samples
    inner_bricks, outer_bricks = sides[0] // 4, sides[1] // 4
    for n in range(count):
        base = np.int64(bases[n])
        bricks = inner_bricks if base < first_outer else outer_bricks
        along_x, along_y, along_z = _steps(base, bricks)
        fx = parts[n, 0]
        fy = parts[n, 1]
        fz = parts[n, 2]
        added = (gradients[n, 0], gradients[n, 1], gradients[n, 2], gradients[n, 3])
        for upper in range(2):
            depth = fz if upper else _ONE - fz
            for lower in range(2):
                row = base + upper * along_z + lower * along_y
                if shares > 1 and ((row >> 2) & 15) % shares != share:
                    continue
                across = depth * fy if lower else depth * (_ONE - fy)
                right = across * fx
                add_to_rows(total, row, along_x, (across - right, right), added)


@_compiled
def adam(
    values,  # [R·4] float32, changed
    total,  # [R·4] float32: the gradient, set to zero
    means,  # [R·4] float32, changed
    squares,  # [R·4] float32, changed
    active,  # [B] int32: bricks whose rows may have a gradient
    rates,  # (density's, colours'), with the bias of both moments in it
    betas,
    epsilon,
):
    """Adam on the numbers that have a gradient, in the bricks `active`."""
    beta1, beta2 = betas
    density_rate, color_rate = rates
    for number in range(len(active)):
        begin = np.int64(active[number]) * (64 * 4)
        own_values = values[begin : begin + 256]
        own_total = total[begin : begin + 256]
        own_means = means[begin : begin + 256]
        own_squares = squares[begin : begin + 256]
        touched = _ZERO
        for i in range(256):
            touched += abs(own_total[i])
        if touched == 0:
            continue
        for i in range(256):
            gradient = own_total[i]
            moved = gradient != 0
            share1 = _ONE - beta1 if moved else _ZERO
            share2 = _ONE - beta2 if moved else _ZERO
            mean = own_means[i] + (gradient - own_means[i]) * share1
            square = own_squares[i] + (gradient * gradient - own_squares[i]) * share2
            own_total[i] = _ZERO
            own_means[i] = mean
            own_squares[i] = square
            rate = color_rate if i & 3 else density_rate
            rate = rate if moved else _ZERO
            own_values[i] -= rate * mean / (math.sqrt(square) + epsilon)


@_compiled
def render_rays(
    grid,  # as in trace_rays
    camera,  # [1, 3, 4] float64
    lens,
    width,
    background,
    least,
    begin,
    end,
    samples,  # room for those of one ray
    colors,  # [H·W, 3] float32, out
    opacities,  # [H·W] float32, out: of the cube
    depths,  # [H·W] float32, out: mean depth of what is seen in the cube, in voxels; 0: nothing
):
    """Render the pixels begin…end of a camera's picture."""
    first_outer = grid[4][0]
    bases, parts, shades = samples
    for pixel in range(begin, end):
        origin, direction, cosine = _ray(
            camera, 0, float(pixel % width), float(pixel // width), lens
        )
        count, light = _march(grid, origin, direction, 0.5, least, 0, samples)
        passing, red, green, blue = light
        colors[pixel, 0] = red + passing * background[0]
        colors[pixel, 1] = green + passing * background[1]
        colors[pixel, 2] = blue + passing * background[2]
        passing = _ONE
        opacity = _ZERO
        depth = _ZERO
        for n in range(count):
            if bases[n] < first_outer:
                opacity += passing * shades[n, 0]
                depth += passing * shades[n, 0] * parts[n, 3]
            passing *= _ONE - shades[n, 0]
        opacities[pixel] = opacity
        depths[pixel] = depth / opacity * cosine if opacity > 0 else 0.0


@_compiled
def weigh_planes(
    grid,
    camera,
    lens,
    width,
    near,  # depth of plane 0, and the distance of two planes, in the field's voxels
    spacing,
    least,
    begin,
    end,
    samples,
    weights,  # [D, H·W] float32, out, zero before
    remainders,  # [H·W] float32, out: what passes
):
    """The weight of each sample in the cube, split between the two nearest planes."""
    values, cells, distances, side, _ = grid
    _, parts, shades = samples
    planes = weights.shape[0]
    for pixel in range(begin, end):
        origin, direction, cosine = _ray(
            camera, 0, float(pixel % width), float(pixel // width), lens
        )
        enter, leave = _span(origin, direction, side)
        light = (_ONE, _ZERO, _ZERO, _ZERO)
        count, light = _march_inside(
            values,
            cells,
            distances,
            side,
            origin,
            direction,
            enter + 0.5,
            leave,
            least,
            0,
            light,
            samples,
        )
        passing = _ONE
        for n in range(count):
            weight = shades[n, 0] * passing
            plane = min(max((parts[n, 3] * cosine - near) / spacing, 0.0), planes - 1.0)
            lower = min(int(plane), planes - 2)
            share = np.float32(plane - lower)
            weights[lower, pixel] += weight * (_ONE - share)
            weights[lower + 1, pixel] += weight * share
            passing *= _ONE - shades[n, 0]
        remainders[pixel] = passing
