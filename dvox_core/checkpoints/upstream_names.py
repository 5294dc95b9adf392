"""Which of the authors' tensor names stand for which of ours.

The authors' modules wrap convolutions, so that the same tensor often stands under two or three
names (`….weight`, `….net.1.weight`, `out_layer_weight`); all of them are listed.
"""

from collections.abc import Iterator

from dvox_core.model.config import ModelConfig
from dvox_core.networks.occlusion import unet_levels

Names = Iterator[tuple[str, tuple[str, ...]]]

_NORM_TENSORS = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")


def model_names(config: ModelConfig) -> dict[str, tuple[str, ...]]:
    """Our name → the authors' names, for every tensor of `DeepVoxels`."""
    return dict(_model(config))


def discriminator_names() -> dict[str, tuple[str, ...]]:
    """Our name → the authors' name, for every tensor of `Discriminator`."""
    return dict(_discriminator())


def _model(config: ModelConfig) -> Names:
    yield "grid", ("deepvoxels",)
    steps = config.resolution_steps
    for step in range(steps):
        ours, theirs = f"feature_extractor.downs.{step}", f"feature_extractor.net.0.downs.{step}"
        yield from _down_2d(ours, theirs, norm=True, dropout=False)
    yield from _unet_2d("feature_extractor.unet", "feature_extractor.net.1", dropout=False)
    yield from _integration()
    yield from _unet_3d("inpainting.unet", "inpainting_net", levels=2)
    if config.occlusion:
        yield from _occlusion(unet_levels(config.plane_count))
    else:
        for index, position in enumerate((0, 3, 6)):
            theirs = f"depth_collapse_net.{position}"
            yield from _wrapped_conv(f"depth_collapse.convs.{index}", theirs, bias=False)
            yield from _norm(f"depth_collapse.norms.{index}", f"depth_collapse_net.{position + 1}")
    yield from _unet_2d("rendering.unet", "rendering_net.net.0", dropout=True)
    for step in range(steps):
        ours, theirs = f"rendering.ups.{step}", f"rendering_net.net.1.ups.{step}"
        yield from _up_2d(ours, theirs, norm=True, dropout=True)
    yield from _wrapped_conv("rendering.hidden_conv", "rendering_net.net.2", bias=False)
    yield from _norm("rendering.hidden_norm", "rendering_net.net.3")
    yield from _wrapped_conv("rendering.picture_conv", "rendering_net.net.5", bias=True)


def _integration() -> Names:
    for ours, theirs, bias in (
        ("candidate_new", "new_integration", True),
        ("candidate_old", "old_integration", False),
        ("update_old", "update_old_net", True),
        ("update_new", "update_new_net", False),
        ("reset_old", "reset_old_net", True),
        ("reset_new", "reset_new_net", False),
    ):
        yield from _conv(f"integration.{ours}", f"integration_net.{theirs}.1", bias=bias)


def _occlusion(levels: int) -> Names:
    yield from _conv("occlusion.prep_conv", "occlusion_net.occlusion_prep.0.net.1", bias=False)
    yield from _norm("occlusion.prep_norm", "occlusion_net.occlusion_prep.1")
    yield from _unet_3d("occlusion.unet", "occlusion_net.occlusion_net", levels)
    yield from _conv("occlusion.weight_conv", "occlusion_net.softmax_net.0.net.1", bias=True)


def _discriminator() -> Names:
    yield from _conv("in_conv", "model.1", bias=True)
    for index, position in enumerate((4, 9, 14)):
        yield from _conv(f"blocks.{index}.conv", f"model.{position}", bias=True)
        yield from _norm(f"blocks.{index}.norm", f"model.{position + 1}")
    yield from _conv("out_conv", "model.19", bias=True)


def _unet_2d(ours: str, theirs: str, *, dropout: bool, levels: int = 6) -> Names:
    yield from _wrapped_conv(f"{ours}.in_conv", f"{theirs}.in_layer.0", bias=False)
    yield from _norm(f"{ours}.in_norm", f"{theirs}.in_layer.1")
    for level, down, up, norm in _nested_blocks(theirs, levels):
        yield from _down_2d(f"{ours}.downs.{level}", down, norm=norm, dropout=dropout)
        yield from _up_2d(f"{ours}.ups.{levels - 1 - level}", up, norm=norm, dropout=dropout)
    out_conv = f"{theirs}.out_layer.0"
    yield (
        f"{ours}.out_conv.weight",
        (f"{out_conv}.weight", f"{out_conv}.net.1.weight", f"{theirs}.out_layer_weight"),
    )
    yield from _norm(f"{ours}.out_norm", f"{theirs}.out_layer.1")


def _unet_3d(ours: str, theirs: str, levels: int) -> Names:
    yield from _conv(f"{ours}.in_conv", f"{theirs}.in_layer.0.net.1", bias=False)
    yield from _norm(f"{ours}.in_norm", f"{theirs}.in_layer.1")
    for level, down, up, norm in _nested_blocks(theirs, levels):
        our_down, our_up = f"{ours}.downs.{level}", f"{ours}.ups.{levels - 1 - level}"
        yield from _conv(f"{our_down}.down", f"{down}.net.1", bias=not norm)
        yield from _conv(f"{our_up}.up", f"{up}.net.0", bias=not norm)
        if norm:
            yield from _norm(f"{our_down}.down_norm", f"{down}.net.2")
            yield from _norm(f"{our_up}.up_norm", f"{up}.net.1")
    yield from _conv(f"{ours}.out_conv", f"{theirs}.out_layer.0.net.1", bias=False)
    yield from _norm(f"{ours}.out_norm", f"{theirs}.out_layer.1")


def _nested_blocks(theirs: str, levels: int) -> Iterator[tuple[int, str, str, bool]]:
    """Level, the authors' down and up block, and whether it is normed, from the outside in."""
    block = f"{theirs}.unet_block"
    for level in range(levels):
        innermost = level == levels - 1
        up = f"{block}.model.{1 if innermost else 2}"
        yield level, f"{block}.model.0", up, not innermost
        block = f"{block}.model.1"


def _down_2d(ours: str, theirs: str, *, norm: bool, dropout: bool) -> Names:
    down = 4 + norm + dropout  # a norm and a dropout each take one place before it
    yield from _conv(f"{ours}.conv", f"{theirs}.net.1", bias=not norm)
    yield from _conv(f"{ours}.down", f"{theirs}.net.{down}", bias=not norm)
    if norm:
        yield from _norm(f"{ours}.conv_norm", f"{theirs}.net.2")
        yield from _norm(f"{ours}.down_norm", f"{theirs}.net.{down + 1}")


def _up_2d(ours: str, theirs: str, *, norm: bool, dropout: bool) -> Names:
    conv = 2 + norm + dropout
    yield from _conv(f"{ours}.up", f"{theirs}.net.0", bias=not norm)
    yield from _wrapped_conv(f"{ours}.conv", f"{theirs}.net.{conv}", bias=not norm)
    if norm:
        yield from _norm(f"{ours}.up_norm", f"{theirs}.net.1")
        yield from _norm(f"{ours}.conv_norm", f"{theirs}.net.{conv + 1}")


def _norm(ours: str, theirs: str) -> Names:
    for tensor in _NORM_TENSORS:
        yield f"{ours}.{tensor}", (f"{theirs}.{tensor}",)


def _conv(ours: str, theirs: str, *, bias: bool) -> Names:
    for tensor in ("weight", "bias") if bias else ("weight",):
        yield f"{ours}.{tensor}", (f"{theirs}.{tensor}",)


def _wrapped_conv(ours: str, theirs: str, *, bias: bool) -> Names:
    for tensor in ("weight", "bias") if bias else ("weight",):
        yield f"{ours}.{tensor}", (f"{theirs}.{tensor}", f"{theirs}.net.1.{tensor}")
