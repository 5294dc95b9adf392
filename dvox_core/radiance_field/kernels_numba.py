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

import numpy as np

from dvox_core.radiance_field.marching_numba import (
    ONE,
    ZERO,
    compiled,
    march,
    march_inside,
    ray_of_pixel,
    row_steps,
    span_in_cube,
)
from dvox_core.radiance_field.vector_ops import add_to_rows


@compiled
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
    samples,  # (bases [S] int32, parts [S, 4], gradients [S, 4] float32), out; see `march_inside`
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
        origin, direction, _ = ray_of_pixel(cameras, view, float(column), float(row), lens)
        first = count
        count, light = march(grid, origin, direction, offsets[ray], least, count, samples)
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
        passing = ONE
        behind = error_r * red + error_g * green + error_b * blue
        for n in range(first, count):
            alpha = gradients[n, 0]
            color = error_r * gradients[n, 1] + error_g * gradients[n, 2]
            color += error_b * gradients[n, 3]
            weight = alpha * passing
            behind -= weight * color
            push = pressure if bases[n] < first_outer else ZERO
            gradients[n, 0] = alpha * ((ONE - alpha) * (passing * color + push) - behind)
            gradients[n, 1] = weight * error_r
            gradients[n, 2] = weight * error_g
            gradients[n, 3] = weight * error_b
            passing *= ONE - alpha
    return count


@compiled
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
        along_x, along_y, along_z = row_steps(base, bricks)
        fx = parts[n, 0]
        fy = parts[n, 1]
        fz = parts[n, 2]
        added = (gradients[n, 0], gradients[n, 1], gradients[n, 2], gradients[n, 3])
        for upper in range(2):
            depth = fz if upper else ONE - fz
            for lower in range(2):
                row = base + upper * along_z + lower * along_y
                if shares > 1 and ((row >> 2) & 15) % shares != share:
                    continue
                across = depth * fy if lower else depth * (ONE - fy)
                right = across * fx
                add_to_rows(total, row, along_x, (across - right, right), added)


@compiled
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
        touched = ZERO
        for i in range(256):
            touched += abs(own_total[i])
        if touched == 0:
            continue
        for i in range(256):
            gradient = own_total[i]
            moved = gradient != 0
            share1 = ONE - beta1 if moved else ZERO
            share2 = ONE - beta2 if moved else ZERO
            mean = own_means[i] + (gradient - own_means[i]) * share1
            square = own_squares[i] + (gradient * gradient - own_squares[i]) * share2
            own_total[i] = ZERO
            own_means[i] = mean
            own_squares[i] = square
            rate = color_rate if i & 3 else density_rate
            rate = rate if moved else ZERO
            own_values[i] -= rate * mean / (math.sqrt(square) + epsilon)


@compiled
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
        origin, direction, cosine = ray_of_pixel(
            camera, 0, float(pixel % width), float(pixel // width), lens
        )
        count, light = march(grid, origin, direction, 0.5, least, 0, samples)
        passing, red, green, blue = light
        colors[pixel, 0] = red + passing * background[0]
        colors[pixel, 1] = green + passing * background[1]
        colors[pixel, 2] = blue + passing * background[2]
        passing = ONE
        opacity = ZERO
        depth = ZERO
        for n in range(count):
            if bases[n] < first_outer:
                opacity += passing * shades[n, 0]
                depth += passing * shades[n, 0] * parts[n, 3]
            passing *= ONE - shades[n, 0]
        opacities[pixel] = opacity
        depths[pixel] = depth / opacity * cosine if opacity > 0 else 0.0


@compiled
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
        origin, direction, cosine = ray_of_pixel(
            camera, 0, float(pixel % width), float(pixel // width), lens
        )
        enter, leave = span_in_cube(origin, direction, side)
        light = (ONE, ZERO, ZERO, ZERO)
        count, light = march_inside(
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
        passing = ONE
        for n in range(count):
            weight = shades[n, 0] * passing
            plane = min(max((parts[n, 3] * cosine - near) / spacing, 0.0), planes - 1.0)
            lower = min(int(plane), planes - 2)
            share = np.float32(plane - lower)
            weights[lower, pixel] += weight * (ONE - share)
            weights[lower + 1, pixel] += weight * share
            passing *= ONE - shades[n, 0]
        remainders[pixel] = passing
