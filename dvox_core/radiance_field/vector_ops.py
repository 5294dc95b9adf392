"""Four channels at once in compiled loops: numba itself leaves such sums scalar."""

# numba calls these with types of its own.
# mypy: allow-untyped-defs, allow-untyped-calls, allow-untyped-decorators

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

_intrinsic: Any = intrinsic
_FLOAT = ir.FloatType()
_FOUR = ir.VectorType(_FLOAT, 4)
_CORNERS = [(x, y, z) for z in (0, 1) for y in (0, 1) for x in (0, 1)]


def _row_pointer(context, builder, array_type, array, index):
    """Pointer to the four floats at row `index` of a flat float32 array."""
    data = context.make_array(array_type)(context, builder, array).data
    offset = builder.mul(index, ir.Constant(index.type, 4))
    place = builder.gep(data, [offset])
    return builder.bitcast(place, _FOUR.as_pointer())


def _splat(builder, value):
    undefined = ir.Constant(_FOUR, ir.Undefined)
    single = builder.insert_element(undefined, value, ir.Constant(ir.IntType(32), 0))
    mask = ir.Constant(ir.VectorType(ir.IntType(32), 4), [0, 0, 0, 0])
    return builder.shuffle_vector(single, undefined, mask)


def _corner_rows(builder, base, steps):
    """The eight corners' row numbers, x fastest."""
    for corner in _CORNERS:
        row = base
        for taken, step in zip(corner, steps, strict=True):
            if taken:
                row = builder.add(row, step)
        yield row


def _corner_weights(builder, parts):
    """The eight corners' trilinear weights, x fastest."""
    one = ir.Constant(_FLOAT, 1.0)
    pairs = [(builder.fsub(one, part), part) for part in parts]
    for x, y, z in _CORNERS:
        yield builder.fmul(builder.fmul(pairs[1][y], pairs[2][z]), pairs[0][x])


@_intrinsic
def mix_rows(typingctx, values, base, steps, parts):
    """mix_rows(values, base, (sx, sy, sz), (fx, fy, fz)): the trilinear mix of eight rows of four.

    `values` is a flat float32 array of rows, `base` the lowest corner's row, `steps` the rows from
    a corner to the next one along each axis, `parts` the place between. Gives four floats.
    """
    result = types.UniTuple(types.float32, 4)
    signature = result(values, types.int64, steps, types.UniTuple(types.float32, 3))

    def generate(context, builder, signature, arguments):
        array, base, steps, parts = arguments
        rows = _corner_rows(builder, base, cgutils.unpack_tuple(builder, steps, 3))
        weights = _corner_weights(builder, cgutils.unpack_tuple(builder, parts, 3))
        total = ir.Constant(_FOUR, [0.0] * 4)
        for row, weight in zip(rows, weights, strict=True):
            place = _row_pointer(context, builder, signature.args[0], array, row)
            loaded = builder.load(place, align=4)
            product = builder.fmul(loaded, _splat(builder, weight), flags=("fast",))
            total = builder.fadd(total, product, flags=("fast",))
        channels = [
            builder.extract_element(total, ir.Constant(ir.IntType(32), index)) for index in range(4)
        ]
        return context.make_tuple(builder, result, channels)

    return signature, generate


@_intrinsic
def add_to_rows(typingctx, values, base, steps, weights, added):
    """add_to_rows(values, base, step, (w0, w1), a): add w0·a to row base, w1·a to row base + step.

    `a` is four floats.
    """
    signature = types.void(
        values, types.int64, types.int64, types.UniTuple(types.float32, 2), added
    )

    def generate(context, builder, signature, arguments):
        array, base, step, weights, added = arguments
        vector = ir.Constant(_FOUR, ir.Undefined)
        for index, value in enumerate(cgutils.unpack_tuple(builder, added, 4)):
            vector = builder.insert_element(vector, value, ir.Constant(ir.IntType(32), index))
        rows = (base, builder.add(base, step))
        for row, weight in zip(rows, cgutils.unpack_tuple(builder, weights, 2), strict=True):
            place = _row_pointer(context, builder, signature.args[0], array, row)
            product = builder.fmul(vector, _splat(builder, weight), flags=("fast",))
            total = builder.fadd(builder.load(place, align=4), product, flags=("fast",))
            builder.store(total, place, align=4)
        return context.get_dummy_value()

    return signature, generate
