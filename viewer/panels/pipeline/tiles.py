"""Makes tiles of what was found out about the stages."""

from dvox_core.model.scene import Scene
from dvox_core.pipeline.places import CloudPlaces, Place, Places
from dvox_core.pipeline.questions import PipelineAnswer, StageAnswer
from dvox_core.pipeline.stages import Kind, Stage
from dvox_core.rendering.frame import BORDER, Frame
from viewer.panels.pipeline.tile import Tile, TileMark
from viewer.state.selection import Pixel, Selection
from viewer.theme import Theme
from viewer.widgets.images import array_image, frame_image, premultiplied_image

PIXEL_STAGES = (Stage.COLLAPSED, Stage.PICTURE)
"""Stages in which a pixel of the present view has its place."""


def tiles_of(answer: PipelineAnswer, selection: Selection, theme: Theme) -> dict[Stage, Tile]:
    """All tiles, with their marks."""
    scene = answer.question.scene
    return {
        stage: _tile(stage, found, scene, selection, theme)
        for stage, found in answer.stages.items()
    }


def live_picture(tile: Tile, frame: Frame) -> Tile:
    """The picture's tile with a newer frame, which needs no finding out."""
    return Tile(
        image=frame_image(frame),
        shape=tile.shape,
        time=time_text(Stage.PICTURE, frame.stages_ms.get("rendering")),
        marks=tile.marks,
    )


def marks_of(
    stage: Stage, places: Places | None, scene: Scene, selection: Selection, theme: Theme
) -> list[TileMark]:
    """Where the selected voxel, the pins and the pointed-at pixel are in a stage's picture."""
    marks = []
    if places is not None and selection.voxel is not None:
        place = places.place_of(selection.voxel)
        if place is not None:
            marks.append(TileMark(place, theme.amber))
    if stage not in PIXEL_STAGES:
        return marks
    pixels = [(pin.pixel, theme.pins[pin.slot]) for pin in selection.pins]
    if selection.hovered is not None:
        pixels.append((selection.hovered, theme.accent))
    for pixel, color in pixels:
        across, down = _place_of_pixel(stage, pixel, scene)
        if 0 <= across <= 1 and 0 <= down <= 1:
            marks.append(TileMark((across, down), color))
    return marks


def shape_text(shape: tuple[int, ...]) -> str:
    """A tensor's shape in few characters, e.g. "16 × 32³", "3 × 128²", "64 × 64²"."""
    if not shape:
        return ""
    exponents = {2: "²", 3: "³"}
    *first, last = shape
    same = 1
    while first and first[-1] == last and same < 3:
        first.pop()
        same += 1
    power = f"{last}{exponents.get(same, '')}"
    return " × ".join([*(str(side) for side in first), power])


def time_text(stage: Stage, milliseconds: float | None) -> str:
    """What makes a stage, and how long it takes, e.g. "lift · 5 ms"."""
    if milliseconds is None:
        return stage.made_by
    time = f"{milliseconds:.0f} ms" if milliseconds >= 9.5 else f"{milliseconds:.1f} ms"
    return f"{stage.made_by} · {time}" if stage.made_by else time


def foot_text(stage: Stage, found: StageAnswer) -> str:
    """Time and maker; of a gate what its colours span, as the integration's time is said once."""
    picture = found.picture
    if stage.kind is Kind.GATE and picture is not None and picture.legend is not None:
        return f"0…{picture.legend.high:g}"
    return time_text(stage, found.milliseconds)


def _tile(
    stage: Stage, found: StageAnswer, scene: Scene, selection: Selection, theme: Theme
) -> Tile:
    shape = shape_text(found.shape)
    picture = found.picture
    if picture is None:
        return Tile(shape=shape, note=found.note)
    image = array_image if picture.is_opaque else premultiplied_image
    places = picture.places
    return Tile(
        image=image(picture.rgba),
        is_opaque=picture.is_opaque,
        shape=shape,
        time=foot_text(stage, found),
        marks=marks_of(stage, places, scene, selection, theme),
        cube=places if isinstance(places, CloudPlaces) else None,
    )


def _place_of_pixel(stage: Stage, pixel: Pixel, scene: Scene) -> Place:
    side = scene.config.image_size
    across, down = (pixel.u + 0.5) / side, (pixel.v + 0.5) / side
    if stage is not Stage.PICTURE:
        return across, down
    inset = BORDER / side
    return (across - inset) / (1 - 2 * inset), (down - inset) / (1 - 2 * inset)


def pixel_at(stage: Stage, place: Place, scene: Scene) -> Pixel | None:
    """The pixel of the present view at a place; None of stages that do not show it."""
    if stage not in PIXEL_STAGES:
        return None
    side = scene.config.image_size
    inset = BORDER / side if stage is Stage.PICTURE else 0.0
    u, v = (side * (share * (1 - 2 * inset) + inset) - 0.5 for share in place)
    return Pixel(u, v)
