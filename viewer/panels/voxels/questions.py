"""What the voxels panel finds out: the question that its controls ask, and what takes long."""

import enum

from PySide6.QtCore import QObject, Signal

from dvox_core.inspection.rectangle import PictureRectangle
from dvox_core.inspection.voxel_questions import Tint, VoxelQuantity, VoxelQuestion
from dvox_core.model.scene import Scene
from dvox_core.rendering.frame import Extra
from viewer.panels.panel import PanelContext
from viewer.panels.voxel_answers import ColoredAnswer, VoxelInspector
from viewer.panels.voxels.grid_section import GridSection
from viewer.panels.voxels.tasks import VoxelTasks


class Remedy(enum.Enum):
    """What solves a problem of an answer, as its button says."""

    NONE = ""
    SELECT_VOXEL = "Select the middle"
    MARK_PART = "Mark in the picture"
    COMPUTE_VIEWS = "Compute"


class VoxelQuestions(QObject):
    """Asks what the grid section shows, and keeps the newest answer.

    Attributes:
        found: the newest answer about the open scene.
        answer_count: how many answers there were.
        tasks: what takes long.
    """

    changed = Signal()
    failed = Signal(str)

    def __init__(self, context: PanelContext, grid: GridSection, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self._grid = grid
        self.found: ColoredAnswer | None = None
        self.answer_count = 0
        self.tasks = VoxelTasks(self)
        self._inspector = VoxelInspector(self)
        self._inspector.answered.connect(self._on_answered)
        self._inspector.failed.connect(self.failed)
        self.tasks.changed.connect(self.changed)
        self.tasks.failed.connect(self.failed)

    @property
    def running(self) -> bool:
        """Whether its thread lives."""
        return self._inspector.running

    @property
    def extras(self) -> Extra:
        """What frames must carry for the present question."""
        scene = self._context.state.scene
        if scene is None or not scene.config.knows_depth:
            return Extra.NONE
        needs_weights = (
            self._grid.quantity.value.needs_weights
            or self._context.selection.voxel is not None
            or bool(self._context.rectangle_request.wanted)
        )
        return Extra.VISIBILITY if needs_weights else Extra.NONE

    @property
    def remedy(self) -> Remedy:
        """What solves the problem of the present question, if anything does."""
        quantity, tint = self._grid.quantity.value, self._grid.tint.value
        if self._context.state.scene is None:
            return Remedy.NONE
        if quantity is VoxelQuantity.SIMILARITY or tint is Tint.SIMILAR:
            return Remedy.SELECT_VOXEL
        if quantity is VoxelQuantity.ATTRIBUTION:
            return Remedy.MARK_PART
        return Remedy.COMPUTE_VIEWS if self._needs_views() else Remedy.NONE

    def begin(self, scene: Scene | None) -> None:
        """Forget what was found out about another scene."""
        self.found = None
        self._inspector.forget()
        self.tasks.begin(scene)

    def ask(self, scene: Scene) -> None:
        """Ask what the controls want to know, unless it was asked already."""
        frame, voxel = self._context.state.frame, self._context.selection.voxel
        has_weights = bool(self.extras) and frame is not None and frame.visibility is not None
        self._inspector.ask(
            VoxelQuestion(
                scene=scene,
                interventions=self._context.edits.interventions,
                quantity=self._grid.quantity.value,
                source=self._grid.source.value,
                tint=self._grid.tint.value,
                channel=round(self._grid.channel.value),
                frame=frame if has_weights else None,
                voxel=voxel,
                capture=self.tasks.capture,
                attribution=self.tasks.heat,
            )
        )

    def compute_views_if_needed(self) -> None:
        """Compute what all views see where the controls ask for it and it is not known."""
        if self._needs_views() and self.tasks.capture is None:
            self.compute_views()

    def compute_views(self) -> None:
        """Compute what all views of the capture see."""
        self.tasks.look_through_views()
        self._grid.progress.show_progress(0.0, "Looking through the views")

    def ask_for_part(self, way: str) -> None:
        """Let the user mark a part of the picture, then find the voxels that made it."""

        def follow(rectangle: PictureRectangle) -> None:
            frame = self._context.state.frame
            if frame is not None:
                self.tasks.follow_part(frame, rectangle, way)

        self._context.rectangle_request.ask(
            "Mark the part of the picture whose voxels are to be found", follow
        )
        self.changed.emit()  # its rays must be known when it is marked

    def stop(self) -> None:
        """End everything that runs; what was found out stays."""
        self._inspector.stop()
        self.tasks.stop()

    def _needs_views(self) -> bool:
        scene = self._context.state.scene
        asks = self._grid.quantity.value.needs_capture or self._grid.tint.value is Tint.NEVER_SEEN
        return asks and scene is not None and scene.config.knows_depth and bool(scene.cameras)

    def _on_answered(self, found: ColoredAnswer) -> None:
        if found.answer.question.scene is self._context.state.scene:
            self.answer_count += 1
            self.found = found
            self.changed.emit()
