"""The field's compiled loops: rays forward and backward, empty blocks skipped, and Adam.

A field of side G is one array of rows [G³, 4] (raw density, red, green, blue), axes (z, y, x), x
fastest. A ray takes samples one voxel apart; a sample is the trilinear mix of eight rows, and its
opacity is sigmoid(raw − 4), which is 1 − exp(−softplus(raw − 4)). `kernels_torch` is the plain twin.

Every function works on a part of the rays or of the grid's layers and releases the interpreter's
lock, so that threads share a step; results do not depend on how many do.
"""

import math

import numpy as np
from numba import njit

from dvox_core.radiance_field.vector_ops import add_to_rows, mix_rows

BLOCK = 4
"""Edge of the blocks of voxels that are skipped when empty."""

_ONE = np.float32(1)
_ZERO = np.float32(0)
_SHIFT = np.float32(4)
_OPTIONS = {"nogil": True, "cache": True, "error_model": "numpy", "fastmath": {"contract", "arcp", "reassoc", "nsz"}}


@njit(inline="always", **_OPTIONS)
def _ray(cameras, view, u, v, lens):  # type: ignore[no-untyped-def]
    """Origin and unit direction of a pixel's ray in grid coordinates, and depth for each voxel."""
    focal, principal_x, principal_y = lens
    x = (u - principal_x) / focal
    y = (v - principal_y) / focal
    c = cameras[view]
    dx = c[0, 0] * x + c[0, 1] * y + c[0, 2]
    dy = c[1, 0] * x + c[1, 1] * y + c[1, 2]
    dz = c[2, 0] * x + c[2, 1] * y + c[2, 2]
    cosine = 1.0 / math.sqrt(dx * dx + dy * dy + dz * dz)
    return c[0, 3], c[1, 3], c[2, 3], dx * cosine, dy * cosine, dz * cosine, cosine


@njit(inline="always", **_OPTIONS)
def _span(ox, oy, oz, dx, dy, dz, side):  # type: ignore[no-untyped-def]
    """Where a ray enters and leaves the cube 0…side; enter ≥ 0, and leave < enter if it misses."""
    enter, leave = 0.0, 1e30
    for o, d in ((ox, dx), (oy, dy), (oz, dz)):
        if abs(d) < 1e-12:
            if o < 0 or o >= side:
                leave = -1.0
        else:
            one = -o / d
            other = (side - o) / d
            enter = max(enter, min(one, other))
            leave = min(leave, max(one, other))
    return enter, leave


@njit(inline="always", **_OPTIONS)
def _skip(o, d, block, distance, t):  # type: ignore[no-untyped-def]
    """How far along the ray one axis of the cube of empty blocks around `block` ends."""
    if abs(d) < 1e-12:
        return 1e30
    edge = (block + distance) * BLOCK if d > 0 else (block - distance + 1) * BLOCK
    return (edge - o) / d


@njit(inline="always", **_OPTIONS)
def _opacity(raw):  # type: ignore[no-untyped-def]
    return _ONE / (_ONE + math.exp(_SHIFT - raw))


@njit(inline="always", **_OPTIONS)
def _number(ix, iy, iz, blocks):  # type: ignore[no-untyped-def]
    """A voxel's number in the order of bricks."""
    brick = ((iz >> 2) * blocks + (iy >> 2)) * blocks + (ix >> 2)
    return (brick << 6) + ((iz & 3) << 4) + ((iy & 3) << 2) + (ix & 3)


@njit(inline="always", **_OPTIONS)
def _steps(base, blocks):  # type: ignore[no-untyped-def]
    """Numbers from a voxel to the next one along x, y and z."""
    along_x = 1 if base & 3 != 3 else 61
    along_y = 4 if (base >> 2) & 3 != 3 else 64 * blocks - 12
    along_z = 16 if (base >> 4) & 3 != 3 else 64 * blocks * blocks - 48
    return along_x, along_y, along_z


@njit(**_OPTIONS)
def trace_rays(
    values,  # [G³·4] float32
    cells,  # [G³] uint8: whether a sample there is worth taking
    distances,  # [(G/4)³] uint8: 0 where a block is occupied, else blocks to the nearest that is
    side,
    cameras,  # [N, 3, 4] float64: camera → grid coordinates' axes, and the centre in voxels
    lens,  # (focal, principal x, principal y) of the pictures
    pictures,  # [N, H, W, 3] uint8 or float32 in 0…1
    scale,  # what a picture's value is multiplied with to lie in 0…1
    pixels,  # [R] int64: (view·H + row)·W + column
    offsets,  # [R] float64 in 0…1: where in its first voxel a ray begins
    background,  # [3] float32
    pressure,  # added to each sample's dL/dα
    least,  # a ray ends where less than this would pass
    begin,
    end,
    bases,  # [N] int32, out: the sample's lowest row
    parts,  # [N, 3] float32, out: its place between the rows (x, y, z)
    gradients,  # [N, 4] float32, out: of loss by raw density and colour
    losses,  # [R] float32, out: squared error of each ray, summed over colours
):  # type: ignore[no-untyped-def]
    """Render rays begin…end and find the gradient at each sample; returns how many there are."""
    height, width = pictures.shape[1], pictures.shape[2]
    blocks = side // BLOCK
    count = 0
    for ray in range(begin, end):
        pixel = pixels[ray]
        column = pixel % width
        rest = pixel // width
        row = rest % height
        view = rest // height
        ox, oy, oz, dx, dy, dz, _ = _ray(cameras, view, float(column), float(row), lens)
        enter, leave = _span(ox, oy, oz, dx, dy, dz, side)
        start = enter + offsets[ray]
        first = count
        passing = _ONE
        red = _ZERO
        green = _ZERO
        blue = _ZERO
        step = 0
        while start + step < leave:
            t = start + step
            x, y, z = ox + t * dx, oy + t * dy, oz + t * dz
            ix = min(max(int(x), 0), side - 2)
            iy = min(max(int(y), 0), side - 2)
            iz = min(max(int(z), 0), side - 2)
            bx, by, bz = min(int(x), side - 1) // BLOCK, min(int(y), side - 1) // BLOCK, min(int(z), side - 1) // BLOCK
            distance = np.int64(distances[(bz * blocks + by) * blocks + bx])
            if distance > 0:
                far = min(
                    _skip(ox, dx, bx, distance, t),
                    _skip(oy, dy, by, distance, t),
                    _skip(oz, dz, bz, distance, t),
                )
                step = max(step + 1, int(math.ceil(far - start)))
                continue
            base = _number(ix, iy, iz, blocks)
            if cells[base] == 0:
                step += 1
                continue
            fx = np.float32(min(x - ix, 1.0))
            fy = np.float32(min(y - iy, 1.0))
            fz = np.float32(min(z - iz, 1.0))
            raw, r, g, b = mix_rows(values, base, _steps(base, blocks), (fx, fy, fz))
            alpha = _opacity(raw)
            bases[count] = base
            parts[count, 0] = fx
            parts[count, 1] = fy
            parts[count, 2] = fz
            gradients[count, 0] = alpha
            gradients[count, 1] = r
            gradients[count, 2] = g
            gradients[count, 3] = b
            count += 1
            weight = alpha * passing
            red += weight * r
            green += weight * g
            blue += weight * b
            passing *= _ONE - alpha
            if passing < least:
                break
            step += 1
        red += passing * background[0]
        green += passing * background[1]
        blue += passing * background[2]
        goal = pictures[view, row, column]
        error_r = red - np.float32(goal[0]) * scale
        error_g = green - np.float32(goal[1]) * scale
        error_b = blue - np.float32(goal[2]) * scale
        losses[ray] = error_r * error_r + error_g * error_g + error_b * error_b
        error_r += error_r
        error_g += error_g
        error_b += error_b
        passing = _ONE
        behind = error_r * red + error_g * green + error_b * blue
        for n in range(first, count):
            alpha = gradients[n, 0]
            color = error_r * gradients[n, 1] + error_g * gradients[n, 2] + error_b * gradients[n, 3]
            weight = alpha * passing
            behind -= weight * color
            gradients[n, 0] = alpha * ((_ONE - alpha) * (passing * color + pressure) - behind)
            gradients[n, 1] = weight * error_r
            gradients[n, 2] = weight * error_g
            gradients[n, 3] = weight * error_b
            passing *= _ONE - alpha
    return count


@njit(**_OPTIONS)
def scatter(bases, parts, gradients, count, side, share, shares, total):  # type: ignore[no-untyped-def]
    """Add samples' gradients to their rows of total [G³·4]; of the rows only one share of many.

    The rows of a share are told by y and z alone, so nobody else writes to them, and samples come
    in their own order: the sums do not depend on the number of shares.
    """
    blocks = side // BLOCK
    for n in range(count):
        base = np.int64(bases[n])
        along_x, along_y, along_z = _steps(base, blocks)
        fx = parts[n, 0]
        fy = parts[n, 1]
        fz = parts[n, 2]
        added = (gradients[n, 0], gradients[n, 1], gradients[n, 2], gradients[n, 3])
        for upper in range(2):
            depth = fz if upper else _ONE - fz
            for lower in range(2):
                row = base + upper * along_z + lower * along_y
                if ((row >> 2) & 15) % shares != share:
                    continue
                across = depth * fy if lower else depth * (_ONE - fy)
                right = across * fx
                add_to_rows(total, row, along_x, (across - right, right), added)


@njit(**_OPTIONS)
def adam(
    values,  # [G³·4] float32, changed
    total,  # [G³·4] float32: the gradient, set to zero
    means,  # [G³·4] float32, changed
    squares,  # [G³·4] float32, changed
    active,  # [B] int32: bricks whose rows may have a gradient
    rates,  # (density's, colours'), with the bias of both moments in it
    betas,
    epsilon,
):  # type: ignore[no-untyped-def]
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


@njit(**_OPTIONS)
def render_rays(
    values,
    cells,
    distances,
    side,
    camera,  # [1, 3, 4] float64
    lens,
    width,
    background,
    least,
    voxel_size,
    begin,
    end,
    colors,  # [H·W, 3] float32, out
    opacities,  # [H·W] float32, out
    depths,  # [H·W] float32, out: mean depth along the optical axis of what is seen, world units
):  # type: ignore[no-untyped-def]
    """Render the pixels begin…end of a camera's picture."""
    blocks = side // BLOCK
    for pixel in range(begin, end):
        ox, oy, oz, dx, dy, dz, cosine = _ray(
            camera, 0, float(pixel % width), float(pixel // width), lens
        )
        enter, leave = _span(ox, oy, oz, dx, dy, dz, side)
        start = enter + 0.5
        passing = _ONE
        red = _ZERO
        green = _ZERO
        blue = _ZERO
        far_sum = 0.0
        step = 0
        while start + step < leave:
            t = start + step
            x, y, z = ox + t * dx, oy + t * dy, oz + t * dz
            bx, by, bz = min(int(x), side - 1) // BLOCK, min(int(y), side - 1) // BLOCK, min(int(z), side - 1) // BLOCK
            distance = np.int64(distances[(bz * blocks + by) * blocks + bx])
            if distance > 0:
                far = min(
                    _skip(ox, dx, bx, distance, t),
                    _skip(oy, dy, by, distance, t),
                    _skip(oz, dz, bz, distance, t),
                )
                step = max(step + 1, int(math.ceil(far - start)))
                continue
            ix = min(max(int(x), 0), side - 2)
            iy = min(max(int(y), 0), side - 2)
            iz = min(max(int(z), 0), side - 2)
            base = _number(ix, iy, iz, blocks)
            if cells[base] == 0:
                step += 1
                continue
            between = (
                np.float32(min(x - ix, 1.0)),
                np.float32(min(y - iy, 1.0)),
                np.float32(min(z - iz, 1.0)),
            )
            raw, r, g, b = mix_rows(values, base, _steps(base, blocks), between)
            alpha = _opacity(raw)
            weight = alpha * passing
            red += weight * r
            green += weight * g
            blue += weight * b
            far_sum += weight * t
            passing *= _ONE - alpha
            if passing < least:
                break
            step += 1
        opacity = _ONE - passing
        colors[pixel, 0] = red + passing * background[0]
        colors[pixel, 1] = green + passing * background[1]
        colors[pixel, 2] = blue + passing * background[2]
        opacities[pixel] = opacity
        depths[pixel] = far_sum / max(opacity, 1e-6) * cosine * voxel_size


@njit(**_OPTIONS)
def weigh_planes(
    values,
    cells,
    distances,
    side,
    camera,  # [1, 3, 4] float64
    lens,
    width,
    near,  # depth of plane 0 and distance of two planes, in the field's voxels
    spacing,
    least,
    begin,
    end,
    weights,  # [D, H·W] float32, out, zero before
    remainders,  # [H·W] float32, out: what passes
):  # type: ignore[no-untyped-def]
    """The weight of each sample of the pixels begin…end, split between the two nearest planes."""
    blocks = side // BLOCK
    planes = weights.shape[0]
    for pixel in range(begin, end):
        ox, oy, oz, dx, dy, dz, cosine = _ray(
            camera, 0, float(pixel % width), float(pixel // width), lens
        )
        enter, leave = _span(ox, oy, oz, dx, dy, dz, side)
        start = enter + 0.5
        passing = _ONE
        step = 0
        while start + step < leave:
            t = start + step
            x, y, z = ox + t * dx, oy + t * dy, oz + t * dz
            bx, by, bz = min(int(x), side - 1) // BLOCK, min(int(y), side - 1) // BLOCK, min(int(z), side - 1) // BLOCK
            distance = np.int64(distances[(bz * blocks + by) * blocks + bx])
            if distance > 0:
                far = min(
                    _skip(ox, dx, bx, distance, t),
                    _skip(oy, dy, by, distance, t),
                    _skip(oz, dz, bz, distance, t),
                )
                step = max(step + 1, int(math.ceil(far - start)))
                continue
            ix = min(max(int(x), 0), side - 2)
            iy = min(max(int(y), 0), side - 2)
            iz = min(max(int(z), 0), side - 2)
            base = _number(ix, iy, iz, blocks)
            if cells[base] == 0:
                step += 1
                continue
            between = (
                np.float32(min(x - ix, 1.0)),
                np.float32(min(y - iy, 1.0)),
                np.float32(min(z - iz, 1.0)),
            )
            raw, _, _, _ = mix_rows(values, base, _steps(base, blocks), between)
            alpha = _opacity(raw)
            weight = alpha * passing
            plane = min(max((t * cosine - near) / spacing, 0.0), planes - 1.0)
            lower = min(int(plane), planes - 2)
            share = np.float32(plane - lower)
            weights[lower, pixel] += weight * (_ONE - share)
            weights[lower + 1, pixel] += weight * share
            passing *= _ONE - alpha
            if passing < least:
                break
            step += 1
        remainders[pixel] = passing
