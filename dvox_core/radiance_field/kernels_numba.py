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

BLOCK = 4
"""Edge of the blocks of voxels that are skipped when empty."""

_ONE = np.float32(1)
_ZERO = np.float32(0)
_SHIFT = np.float32(4)
_OPTIONS = {"nogil": True, "cache": True, "error_model": "numpy", "fastmath": {"contract", "arcp"}}


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
def _mix(values, base, side, fx, fy, fz):  # type: ignore[no-untyped-def]
    """The trilinear mix of eight rows: (raw density, red, green, blue)."""
    up_y = side
    up_z = side * side
    gx = _ONE - fx
    gy = _ONE - fy
    gz = _ONE - fz
    a, b, c, d = gy * gz, fy * gz, gy * fz, fy * fz
    w0, w1, w2, w3 = a * gx, a * fx, b * gx, b * fx
    w4, w5, w6, w7 = c * gx, c * fx, d * gx, d * fx
    i = base * 4
    j = (base + up_y) * 4
    k = (base + up_z) * 4
    m = (base + up_y + up_z) * 4
    s0 = w0 * values[i] + w1 * values[i + 4] + w2 * values[j] + w3 * values[j + 4]
    s0 += w4 * values[k] + w5 * values[k + 4] + w6 * values[m] + w7 * values[m + 4]
    s1 = w0 * values[i + 1] + w1 * values[i + 5] + w2 * values[j + 1] + w3 * values[j + 5]
    s1 += w4 * values[k + 1] + w5 * values[k + 5] + w6 * values[m + 1] + w7 * values[m + 5]
    s2 = w0 * values[i + 2] + w1 * values[i + 6] + w2 * values[j + 2] + w3 * values[j + 6]
    s2 += w4 * values[k + 2] + w5 * values[k + 6] + w6 * values[m + 2] + w7 * values[m + 6]
    s3 = w0 * values[i + 3] + w1 * values[i + 7] + w2 * values[j + 3] + w3 * values[j + 7]
    s3 += w4 * values[k + 3] + w5 * values[k + 7] + w6 * values[m + 3] + w7 * values[m + 7]
    return s0, s1, s2, s3


@njit(**_OPTIONS)
def trace_rays(
    values,  # [G³·4] float32
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
            base = (iz * side + iy) * side + ix
            fx = np.float32(min(x - ix, 1.0))
            fy = np.float32(min(y - iy, 1.0))
            fz = np.float32(min(z - iz, 1.0))
            raw, r, g, b = _mix(values, base, side, fx, fy, fz)
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
    """Add samples' gradients to their rows of total [G³·4]; only layers z with z mod shares = share."""
    layer = side * side
    for n in range(count):
        base = bases[n]
        z = base // layer
        fx = parts[n, 0]
        fy = parts[n, 1]
        fz = parts[n, 2]
        g0 = gradients[n, 0]
        g1 = gradients[n, 1]
        g2 = gradients[n, 2]
        g3 = gradients[n, 3]
        for upper in range(2):
            if (z + upper) % shares != share:
                continue
            depth = fz if upper else _ONE - fz
            for lower in range(2):
                across = depth * fy if lower else depth * (_ONE - fy)
                i = (base + upper * layer + lower * side) * 4
                w1 = across * fx
                w0 = across - w1
                total[i] += w0 * g0
                total[i + 1] += w0 * g1
                total[i + 2] += w0 * g2
                total[i + 3] += w0 * g3
                total[i + 4] += w1 * g0
                total[i + 5] += w1 * g1
                total[i + 6] += w1 * g2
                total[i + 7] += w1 * g3


@njit(**_OPTIONS)
def adam(
    values,  # [G³·4] float32, changed
    total,  # [G³·4] float32: the gradient, set to zero
    means,  # [G³·4] float32, changed
    squares,  # [G³·4] float32, changed
    active,  # [B] int32: blocks whose rows may have a gradient
    side,
    rates,  # (density's, colour's), with the bias of both moments in it
    betas,
    epsilon,
    share,
    shares,
):  # type: ignore[no-untyped-def]
    """Adam on the rows that have a gradient; only layers z with z mod shares = share."""
    blocks = side // BLOCK
    beta1, beta2 = betas
    rate0, rate1 = rates
    for number in range(len(active)):
        block = active[number]
        bx = block % blocks
        by = (block // blocks) % blocks
        bz = block // (blocks * blocks)
        for z in range(bz * BLOCK, bz * BLOCK + BLOCK):
            if z % shares != share:
                continue
            for y in range(by * BLOCK, by * BLOCK + BLOCK):
                line = ((z * side + y) * side + bx * BLOCK) * 4
                for i in range(line, line + 4 * BLOCK, 4):
                    if total[i] == 0 and total[i + 1] == 0 and total[i + 2] == 0 and total[i + 3] == 0:
                        continue
                    for c in range(4):
                        gradient = total[i + c]
                        total[i + c] = _ZERO
                        mean = means[i + c] * beta1 + gradient * (_ONE - beta1)
                        square = squares[i + c] * beta2 + gradient * gradient * (_ONE - beta2)
                        means[i + c] = mean
                        squares[i + c] = square
                        rate = rate1 if c else rate0
                        values[i + c] -= rate * mean / (math.sqrt(square) + epsilon)


@njit(**_OPTIONS)
def mark_occupied(values, side, blocks_to_look_at, threshold, occupied):  # type: ignore[no-untyped-def]
    """Set occupied[b] = 1 where a row that a sample in block b may mix has raw > threshold."""
    blocks = side // BLOCK
    for number in range(len(blocks_to_look_at)):
        block = blocks_to_look_at[number]
        x0 = (block % blocks) * BLOCK
        y0 = ((block // blocks) % blocks) * BLOCK
        z0 = (block // (blocks * blocks)) * BLOCK
        found = False
        for z in range(z0, min(z0 + BLOCK + 1, side)):
            for y in range(y0, min(y0 + BLOCK + 1, side)):
                line = (z * side + y) * side
                for x in range(x0, min(x0 + BLOCK + 1, side)):
                    if values[(line + x) * 4] > threshold:
                        found = True
            if found:
                break
        occupied[block] = 1 if found else 0


@njit(**_OPTIONS)
def render_rays(
    values,
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
            base = (iz * side + iy) * side + ix
            raw, r, g, b = _mix(
                values,
                base,
                side,
                np.float32(min(x - ix, 1.0)),
                np.float32(min(y - iy, 1.0)),
                np.float32(min(z - iz, 1.0)),
            )
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
            base = (iz * side + iy) * side + ix
            raw, _, _, _ = _mix(
                values,
                base,
                side,
                np.float32(min(x - ix, 1.0)),
                np.float32(min(y - iy, 1.0)),
                np.float32(min(z - iz, 1.0)),
            )
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
