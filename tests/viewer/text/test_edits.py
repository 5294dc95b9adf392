"""The words for what is changed of a scene."""

from dvox_core.rendering.interventions import (
    NO_INTERVENTIONS,
    Action,
    Box,
    GridEdit,
    Inpainting,
    Interventions,
    Uniform,
)
from viewer.text.edits import changes_text

ZERO = GridEdit(Box((0, 0, 0), (1, 1, 1)), Action.ZERO)


def test_only_what_differs_from_the_trained_scene_is_named():
    assert changes_text(NO_INTERVENTIONS) == ""
    assert changes_text(Interventions(inpainting=Inpainting.AGAIN)) == ""  # nothing to inpaint
    assert (
        changes_text(Interventions(occlusion=Uniform(), edits=(ZERO, ZERO)))
        == "2 edits of the grid · depth weights: all planes alike"
    )
