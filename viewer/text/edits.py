"""The words for what a scene is rendered under."""

from dvox_core.rendering.interventions import (
    ArgMax,
    AsTrained,
    FrontMost,
    Interventions,
    Temperature,
    Uniform,
)
from viewer.text.units import counted

OVERRIDES: dict[type, str] = {
    AsTrained: "as trained",
    ArgMax: "most likely plane alone",
    Temperature: "another temperature",
    FrontMost: "first plane above a threshold",
    Uniform: "all planes alike",
}


def changes_text(interventions: Interventions) -> str:
    """What differs from the trained scene: "3 edits of the grid · depth weights: all planes alike".

    Empty where nothing does.
    """
    parts: list[str] = []
    if interventions.edits:
        parts.append(f"{counted(len(interventions.edits), 'edit')} of the grid")
    if not isinstance(interventions.occlusion, AsTrained):
        parts.append(f"depth weights: {OVERRIDES[type(interventions.occlusion)]}")
    return " · ".join(parts)
