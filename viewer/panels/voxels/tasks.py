"""Long computations about voxels: what all views see, and what made a part of the picture."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from dvox_core.inspection.rectangle import PictureRectangle
from dvox_core.inspection.voxel_questions import CaptureVisibility
from dvox_core.model.scene import Scene
from dvox_core.rendering.frame import Frame
from viewer.workers.background.operation import Operation, Progress


class VoxelTasks(QObject):
    """Runs them in the background and keeps their results. Lives on the window's thread."""

    changed = Signal()
    capture_progressed = Signal(float, str)
    part_progressed = Signal(float, str)
    ended = Signal()  # a task ended, whichever way
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._scene: Scene | None = None
        self._capture: CaptureVisibility | None = None
        self._heat: NDArray[np.float32] | None = None
        self._capturing: Operation | None = None
        self._following: Operation | None = None

    @property
    def capture(self) -> CaptureVisibility | None:
        """What all views of the capture see, where it has been computed."""
        return self._capture

    @property
    def heat(self) -> NDArray[np.float32] | None:
        """[G, G, G], what made the part of the picture that was marked last."""
        return self._heat

    @property
    def capturing(self) -> bool:
        """Whether the visibility in all views is being computed."""
        return self._capturing is not None

    @property
    def following(self) -> bool:
        """Whether a part of the picture is being traced."""
        return self._following is not None

    def begin(self, scene: Scene | None) -> None:
        """Forget the former scene's results."""
        if scene is not self._scene:
            self.stop()
            self._scene, self._capture, self._heat = scene, None, None
            self.changed.emit()

    def look_through_views(self) -> None:
        """Compute what all views see of the scene as it was trained."""
        scene = self._scene
        if scene is None or self._capturing is not None:
            return

        def compute(progress: Progress) -> Any:
            from dvox_core.inspection.voxel_visibility import capture_visibility

            return capture_visibility(scene, [view.camera for view in scene.cameras], progress)

        self._capturing = self._start(compute, "Looking through the views", self._on_views_computed)
        self._capturing.progressed.connect(self.capture_progressed)

    def follow_part(self, frame: Frame, rectangle: PictureRectangle, way: str) -> None:
        """Find what made a part of a frame's picture; by "rays" it must carry its depth weights."""
        scene = self._scene
        if scene is None:
            return
        if self._following is not None:
            self._following.stop()
        by_gradient = way == "gradient" or frame.visibility is None

        def compute(progress: Progress) -> Any:
            follow = _by_gradient if by_gradient else _by_rays
            return follow(scene, frame, rectangle, progress)

        self._following = self._start(compute, "Following the part back", self._on_part_followed)
        if by_gradient:
            self._following.progressed.connect(self.part_progressed)

    def cancel_views(self) -> None:
        """Cancel the computation over all views."""
        if self._capturing is not None:
            self._capturing.cancel()

    def cancel_part(self) -> None:
        """Cancel the tracing of a part."""
        if self._following is not None:
            self._following.cancel()

    def stop(self) -> None:
        """End all that runs; results stay."""
        for operation in (self._capturing, self._following):
            if operation is not None:
                operation.cancel()
        for operation in (self._capturing, self._following):
            if operation is not None:
                operation.stop()
        if self._capturing or self._following:
            self._capturing = self._following = None
            self.ended.emit()

    def _start(
        self, compute: Callable[[Progress], Any], name: str, on_done: Callable[[Any], None]
    ) -> Operation:
        operation = Operation(compute, name)
        operation.succeeded.connect(on_done)
        operation.failed.connect(self.failed)
        operation.finished.connect(self._end)
        operation.start()
        return operation

    def _on_views_computed(self, capture: CaptureVisibility) -> None:
        self._capture = capture

    def _on_part_followed(self, heat: NDArray[np.float32]) -> None:
        self._heat = heat

    def _end(self, operation: Operation) -> None:
        if operation is self._capturing:
            self._capturing = None
        elif operation is self._following:
            self._following = None
        self.ended.emit()
        self.changed.emit()


def _by_rays(scene: Scene, frame: Frame, rectangle: PictureRectangle, progress: Progress) -> Any:
    import torch

    from dvox_core.inspection.attribution import attribution_by_rays
    from dvox_core.inspection.grids import load_edited_grid
    from dvox_core.inspection.views import ViewInspector

    return attribution_by_rays(
        ViewInspector(scene).samples(frame.camera),
        torch.from_numpy(frame.visibility),
        load_edited_grid(scene, frame.interventions),
        rectangle.rays(scene.config.image_size),
    )


def _by_gradient(
    scene: Scene, frame: Frame, rectangle: PictureRectangle, progress: Progress
) -> Any:
    from dvox_core.inspection.attribution import attribution_by_gradient

    return attribution_by_gradient(scene, frame.camera, rectangle, frame.interventions, progress)
