"""What the window shows: the one mutable object that panels and viewport share."""

import enum

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from dvox_core.geometry.cameras import Camera
from dvox_core.model.scene import Scene
from dvox_core.rendering.frame import Extra, Frame
from dvox_core.rendering.renderer import RendererFacts
from dvox_core.rendering.trust_maps import TrustTerm
from viewer.state.map_scales import MapQuantity, MapScales


class DisplayMode(enum.Enum):
    """What the viewport paints of a frame."""

    RGB = "rgb"
    DEPTH = "depth"
    ENTROPY = "entropy"
    OUTSIDE = "outside"
    TRUST = "trust"

    @property
    def title(self) -> str:
        """As written on the switch."""
        titles = {"rgb": "RGB", "outside": "Weight outside"}
        return titles.get(self.value, self.value.capitalize())

    @property
    def extras(self) -> Extra:
        """What a frame must carry for this mode."""
        needed = {
            DisplayMode.ENTROPY: Extra.ENTROPY,
            DisplayMode.OUTSIDE: Extra.OUTSIDE,
            DisplayMode.TRUST: Extra.TRUST | Extra.VISIBILITY,
        }
        return needed.get(self, Extra.NONE)

    @property
    def quantity(self) -> MapQuantity | None:
        """What its colours stand for; None for the picture itself."""
        return None if self is DisplayMode.RGB else MapQuantity[self.name]

    def is_carried_by(self, frame: Frame) -> bool:
        """Whether a frame has all that this mode shows."""
        if self is DisplayMode.OUTSIDE:
            return frame.outside_share is not None
        if self is DisplayMode.TRUST:
            return frame.trust is not None
        return self is not DisplayMode.ENTROPY or frame.entropy is not None


class ViewerState(QObject):
    """Scene, camera, pivot, display mode and the frame on screen. Lives on the window's thread.

    Signals are past facts and are sent only when something did change.

    Attributes:
        scales: how maps are coloured.
    """

    scene_changed = Signal(object)  # Scene | None
    scene_refreshed = Signal(object)  # Scene: the open one with newer weights, e.g. in training
    camera_changed = Signal(object)  # Camera
    pivot_changed = Signal(object)  # [3] float64
    display_mode_changed = Signal(object)  # DisplayMode
    frame_changed = Signal(object)  # Frame | None, the newest network frame of the open scene
    renderer_changed = Signal(object)  # RendererFacts | None
    marked_views_changed = Signal(object)  # frozenset[int]: numbers of the scene's cameras
    extras_changed = Signal(object)  # Extra: what frames must carry for mode and panels
    trust_term_changed = Signal(object)  # TrustTerm
    trust_line_changed = Signal(str)  # why trust cannot be told yet, or ''

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._scene: Scene | None = None
        self._camera: Camera | None = None
        self._pivot: NDArray[np.float64] | None = None
        self._display_mode = DisplayMode.RGB
        self._frame: Frame | None = None
        self._renderer: RendererFacts | None = None
        self._panel_extras: dict[str, Extra] = {}
        self._marked_views: frozenset[int] = frozenset()
        self.scales = MapScales(self)
        self._trust_term = TrustTerm.TRUST
        self._trust_line = ""

    @property
    def scene(self) -> Scene | None:
        """The open scene."""
        return self._scene

    @property
    def camera(self) -> Camera | None:
        """The present camera; None without a scene."""
        return self._camera

    @property
    def pivot(self) -> NDArray[np.float64] | None:
        """[3] float64: the point the camera turns around; None without a scene."""
        return self._pivot

    @property
    def display_mode(self) -> DisplayMode:
        """What the viewport paints."""
        return self._display_mode

    @property
    def trust_term(self) -> TrustTerm:
        """What the trust mode paints: the map, or one of its terms alone."""
        return self._trust_term

    @property
    def trust_line(self) -> str:
        """Why the trust mode has nothing to show yet; '' where it has."""
        return self._trust_line

    @property
    def frame(self) -> Frame | None:
        """The newest network frame of the open scene."""
        return self._frame

    @property
    def renderer(self) -> RendererFacts | None:
        """What renders the open scene."""
        return self._renderer

    @property
    def marked_views(self) -> frozenset[int]:
        """Views of the capture that the user marked: numbers of the scene's cameras."""
        return self._marked_views

    @property
    def extras(self) -> Extra:
        """What frames must carry for the display mode and for every panel that is shown."""
        extras = self._display_mode.extras
        for wanted in self._panel_extras.values():
            extras |= wanted
        return extras

    def set_scene(self, scene: Scene | None) -> None:
        """Open `scene` at its start view, or close the open one."""
        self._scene = scene
        self._frame = None
        self._renderer = None
        self._pivot = scene.pivot if scene else None
        self._camera = scene.start_camera if scene else None
        self.mark_views(frozenset())
        self.scales.begin(scene)
        self.scene_changed.emit(scene)
        self.frame_changed.emit(None)
        self.renderer_changed.emit(None)
        if scene:
            self.pivot_changed.emit(self._pivot)
            self.camera_changed.emit(self._camera)

    def refresh_scene(self, scene: Scene) -> None:
        """Take the open scene with newer weights; view, mode and frame stay as they are."""
        self._scene = scene
        self.scene_refreshed.emit(scene)

    def mark_views(self, numbers: frozenset[int]) -> None:
        """Mark these of the scene's cameras, and no others."""
        if numbers != self._marked_views:
            self._marked_views = numbers
            self.marked_views_changed.emit(numbers)

    def set_camera(self, camera: Camera) -> None:
        """Look from `camera`."""
        if camera != self._camera:
            self._camera = camera
            self.camera_changed.emit(camera)

    def set_pivot(self, pivot: NDArray[np.float64]) -> None:
        """Turn around `pivot`, [3] in world units."""
        self._pivot = pivot
        self.pivot_changed.emit(pivot)

    def reset_view(self) -> None:
        """Return to the scene's start view and pivot."""
        if self._scene:
            self.set_pivot(self._scene.pivot)
            self.set_camera(self._scene.start_camera)

    def set_display_mode(self, mode: DisplayMode) -> None:
        """Paint `mode` of every frame."""
        if mode is not self._display_mode:
            before = self.extras
            self._display_mode = mode
            self.display_mode_changed.emit(mode)
            self._announce_extras(before)

    def set_trust_term(self, term: TrustTerm) -> None:
        """Paint this term in the trust mode."""
        if term is not self._trust_term:
            self._trust_term = term
            self.trust_term_changed.emit(term)

    def set_trust_line(self, line: str) -> None:
        """Say why the trust mode has nothing to show yet; '' where it has."""
        if line != self._trust_line:
            self._trust_line = line
            self.trust_line_changed.emit(line)

    def set_panel_extras(self, panel: str, extras: Extra) -> None:
        """Set what frames must carry for `panel` while it is visible; `Extra.NONE` when hidden."""
        before = self.extras
        self._panel_extras[panel] = extras
        self._announce_extras(before)

    def set_frame(self, frame: Frame) -> None:
        """Take the newest network frame of the open scene."""
        self._frame = frame
        self.frame_changed.emit(frame)

    def set_renderer(self, facts: RendererFacts | None) -> None:
        """Say what renders the open scene."""
        self._renderer = facts
        self.renderer_changed.emit(facts)

    def _announce_extras(self, before: Extra) -> None:
        if self.extras != before:
            self.extras_changed.emit(self.extras)
