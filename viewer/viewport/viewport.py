"""The viewport: the network's picture, what lies over it, and the hand that turns it."""

import logging
from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QWidget

from dvox_core.geometry.cameras import Camera
from dvox_core.model.scene import Scene
from dvox_core.rendering.frame import BORDER, Extra, Frame
from dvox_core.rendering.pictures import DepthRange, Picture, start_range, surface_depths
from viewer.state.viewer_state import DisplayMode, ViewerState
from viewer.theme import ThemeManager
from viewer.viewport.canvas.canvas import Canvas
from viewer.viewport.canvas.content import EMPTY, CanvasContent
from viewer.viewport.canvas.cpu_warp import image_of
from viewer.viewport.canvas.create import make_canvas, make_painter_canvas
from viewer.viewport.canvas.letterbox import PictureArea, Rectangle, picture_pixel
from viewer.viewport.layout import ViewportLayout
from viewer.viewport.navigation.input import DESCRIPTION, ViewInput
from viewer.viewport.navigation.navigator import Navigator
from viewer.viewport.overlays.hud import HudFacts
from viewer.viewport.overlays.hud_updates import HudUpdater
from viewer.viewport.overlays.labels import BusyLabel, Label
from viewer.viewport.overlays.legend_bar import LegendBar
from viewer.viewport.overlays.mode_switch import KEYS, ModeSwitch
from viewer.viewport.overlays.overlay import Overlay, picture_projection
from viewer.viewport.reprojection.frame_preparation import prepared_by
from viewer.viewport.reprojection.mode_pictures import compose, why_no_picture
from viewer.viewport.reprojection.reprojector import Reprojector
from viewer.workers.rendering.scene_session import SceneSession

_log = logging.getLogger(__name__)


class Viewport(QWidget):
    """Shows the state's view in its display mode, and steers its camera.

    While the network works, the present view is made of true frames warped by their depth, unless
    that is switched off: then the newest frame stays until the next one. The canvas below paints
    the picture and nothing else; every overlay is a widget above it. All mouse and key events
    arrive at the viewport itself.
    """

    hud_visible_changed = Signal(bool)
    clicked = Signal(float, float)  # pixel (u, v) of the shown view's picture with its border
    picture_shown = Signal(object)  # Frame, when it was painted for the first time
    view_painted = Signal(object)  # Camera that the painted picture shows, after each painting

    def __init__(
        self,
        state: ViewerState,
        session: SceneSession,
        themes: ThemeManager,
        parent: QWidget | None = None,
        *,
        canvas: Canvas | None = None,
    ) -> None:
        super().__init__(parent)
        self._state = state
        self._themes = themes
        self._depths: DepthRange | None = None
        self._reprojects = self._prefetches = True
        self._painted_frame: Frame | None = None  # the newest that has part in the canvas's picture
        self._painted: tuple[Camera, Frame] | None = None  # what was painted last
        self._announced: Frame | None = None  # that `picture_shown` was sent for
        self._ring = False
        self._overlays: list[Overlay] = []

        self.setObjectName("viewport")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(240, 200)
        self.setAccessibleName("Picture")
        self.setAccessibleDescription(DESCRIPTION)

        if canvas is None:
            self._canvas, self._canvas_note = make_canvas(self)
        else:
            self._canvas, self._canvas_note = canvas, ""
            canvas.as_widget().setParent(self)
        self._connect_canvas()

        self._switch = ModeSwitch(self)
        self._busy = BusyLabel(self)
        self._figures = HudUpdater(self, self._hud_facts, self._lay_out, lambda: self._resting)
        self._hud = self._figures.hud
        self._legend = LegendBar(self)
        self._hint = Label("hint", self)
        self._message = Label("message", self)

        self._reprojector = Reprojector(
            self._compose,
            lambda: themes.motion_ms > 0 and self.isVisible(),
            lambda: self._canvas.most_pixels,
            self,
            prepared=prepared_by(session, state, lambda: self._canvas.most_pixels, self),
        )
        self._reprojector.changed.connect(self._show)
        self._reprojector.prefetcher.wanted.connect(session.prefetch)
        session.prefetched.connect(self._reprojector.keep_prefetched)
        self._arrangement = ViewportLayout(
            self, self._switch, self._busy, self._hud, self._legend, self._hint, self._message
        )

        self.navigator = Navigator(
            state, self._place, lambda: themes.motion_ms, self, shown=self._shown_view
        )
        self._input = ViewInput(self, self.navigator)
        self._input.clicked.connect(self._report_click)
        self.navigator.nothing_there.connect(lambda line: self._hint.show_text(line, 3))

        state.scene_changed.connect(self._take_scene)
        state.scene_refreshed.connect(self._reprojector.refresh_scene)
        state.frame_changed.connect(self._take_frame)
        state.camera_changed.connect(self._take_camera)
        state.pivot_changed.connect(lambda _: self._look_from_state())
        state.display_mode_changed.connect(self._take_mode)
        state.renderer_changed.connect(self._take_renderer)
        session.busy_changed.connect(self._busy.set_busy)
        self._switch.chosen.connect(state.set_display_mode)
        themes.theme_changed.connect(lambda _: self._apply_theme())
        self._switch.show_mode(state.display_mode)
        self._apply_theme()
        self._take_scene(state.scene)

    # What others ask for

    @property
    def backend_name(self) -> str:
        """What paints the picture, and why it is not OpenGL if it is not."""
        name = self._canvas.backend_name
        return f"{name} ({self._canvas_note})" if self._canvas_note else name

    @property
    def hud_visible(self) -> bool:
        """Whether the figures are shown."""
        return self._figures.visible

    def set_hud_visible(self, visible: bool) -> None:
        """Show the figures, or hide them."""
        if visible != self.hud_visible:
            self._figures.set_visible(visible)
            self.hud_visible_changed.emit(visible)

    @property
    def reprojects(self) -> bool:
        """Whether true frames are warped to the present view while the network works."""
        return self._reprojects

    def set_reprojects(self, wanted: bool) -> None:
        """Warp true frames to the present view, or let the newest frame stay until the next."""
        self._reprojects = wanted
        self._reprojector.prefetcher.set_enabled(wanted and self._prefetches)
        self._show()
        self._figures.wake()

    def add_overlay(self, overlay: Overlay) -> None:
        """Paint `overlay` over the picture from now on, below the figures and the signs."""
        overlay.setParent(self)
        overlay.stackUnder(self._switch)
        self._overlays.append(overlay)
        overlay.apply_theme(self._themes.theme)
        self._lay_out()

    def pixel_at(self, x: float, y: float) -> tuple[float, float] | None:
        """The pixel (u, v) of the picture with its border under a point; None beside it."""
        scene, place = self._state.scene, self._place()
        if scene is None or self._state.frame is None or not place.contains(x, y):
            return None
        return picture_pixel(x, y, place, scene.config.image_size)

    @property
    def pixel_size(self) -> float:
        """How many pixels of the picture one of the viewport's is."""
        scene = self._state.scene
        shown = scene.config.image_size - 2 * BORDER if scene else 1
        return shown / max(self._place().width, 1.0)

    def set_prefetch_enabled(self, allowed: bool) -> None:
        """Render views while nothing else is to be done, or leave the processor to others."""
        self._prefetches = allowed
        self._reprojector.prefetcher.set_enabled(allowed and self._reprojects)

    def set_wanted_views(self, cameras: Sequence[Camera]) -> None:
        """Render these views while nothing else is to be done: of a path that is edited, say."""
        self._reprojector.prefetcher.set_wanted_views(cameras)

    def kept_frame(self, camera: Camera) -> Frame | None:
        """The true frame of this camera, or of one that is hardly another, if one is kept."""
        return self._reprojector.cache.frame_of(camera, self._state.pivot, 0.1)

    def reset_view(self) -> None:
        """Fly back to the scene's start view."""
        self.navigator.reset()

    def grab_picture(self) -> QImage:
        """The network's picture in the present mode, at its own size, without overlays.

        A null image when there is none: no frame yet, or a mode that the model cannot show.
        """
        picture = self._compose(self._state.frame)
        if picture is None:
            return QImage()
        return image_of(picture.rgba).convertToFormat(QImage.Format.Format_RGB888)

    # Facts of the state

    def _take_scene(self, scene: Scene | None) -> None:
        self._depths = start_range(scene.frustum) if scene else None
        # Under 1 ms a frame, and worth it: modes switch at once, and empty rays are known.
        wanted = Extra.ENTROPY if scene and scene.config.knows_depth else Extra.NONE
        self._state.set_panel_extras("viewport", wanted)
        self._painted_frame = self._announced = self._painted = None
        self._reprojector.set_scene(scene)
        self._figures.clear()
        self._canvas.show_view(EMPTY)
        self._legend.show_legend(None)
        self._hint.show_text("")
        self._switch.setEnabled(scene is not None)
        self._look_from_state()
        self._show_message()
        self._figures.wake()

    def _take_renderer(self, _: object) -> None:
        self._reprojector.outdate()
        self._figures.wake()

    def _take_frame(self, frame: Frame | None) -> None:
        if frame is None:
            return
        self._figures.count_network(frame)
        self._follow_depths(frame)
        self._reprojector.keep(frame)
        self._hint.show_text(frame.hint)
        self._show_message()
        self._figures.wake()

    def _follow_depths(self, frame: Frame | None) -> None:
        scene, mode = self._state.scene, self._state.display_mode
        if scene and frame and frame.entropy is not None and mode is DisplayMode.DEPTH:
            former = self._depths
            self._depths = former.following(surface_depths(frame, scene.frustum))
            if former is not self._depths:
                self._reprojector.forget_pictures()

    def _take_camera(self, _: Camera) -> None:
        self._look_from_state()
        self._project_overlays()
        self._figures.wake()

    def _look_from_state(self) -> None:
        self._reprojector.look_from(self._state.camera, self._state.pivot)

    def _project_overlays(self) -> None:
        scene, camera = self._state.scene, self._state.camera
        projection, area = None, None
        if scene is not None and camera is not None:
            intrinsics = scene.intrinsics.scaled_to(scene.config.image_size)
            area = PictureArea(self._place(), intrinsics.width)
            projection = picture_projection(camera, intrinsics, area.place)
        for overlay in self._overlays:
            overlay.show_projection(projection, area)

    def _take_mode(self, mode: DisplayMode) -> None:
        self._switch.show_mode(mode)
        self._follow_depths(self._state.frame)
        self._reprojector.forget_pictures()
        self._reprojector.settle()
        self._show_message()

    def _show(self) -> None:
        """Show what the state's view looks like now."""
        frame = self._state.frame
        if frame is None or self._state.scene is None:
            return
        shown = (
            self._reprojector.shown() if self._reprojects else CanvasContent(self._compose(frame))
        )
        empty = shown.picture is None and shown.warp is None
        if empty and self._mode_has_picture():
            return  # a frame with what the mode needs is on its way; the last picture stays
        self._painted_frame = None if empty else frame
        self._canvas.show_view(shown)
        self._legend.show_legend(None if empty else self._reprojector.legend)

    def _shown_view(self) -> tuple[Frame, Camera] | None:
        """The frame that is seen most of, and the camera that sees it."""
        frame = self._reprojector.frame if self._reprojects else self._state.frame
        if frame is None or self._state.camera is None:
            return None
        return frame, self._state.camera if self._reprojects else frame.camera

    def _compose(self, frame: Frame | None) -> Picture | None:
        scene = self._state.scene
        if scene is None or frame is None or self._depths is None:
            return None
        return compose(frame, self._state.display_mode, scene.frustum, self._depths)

    def _mode_has_picture(self) -> bool:
        scene = self._state.scene
        if scene is None:
            return False
        return self._state.display_mode is DisplayMode.RGB or scene.config.knows_depth

    def _show_message(self) -> None:
        state, has_picture = self._state, self._mode_has_picture()
        self._message.show_text(why_no_picture(state.scene, has_picture, state.frame is not None))
        self._lay_out()

    # The canvas

    def _connect_canvas(self) -> None:
        self._canvas.painted.connect(self._note_painting)
        # Queued: OpenGL fails while it paints, and is not to be deleted then.
        self._canvas.failed.connect(self._use_painter_instead, Qt.ConnectionType.QueuedConnection)
        widget = self._canvas.as_widget()
        widget.lower()
        widget.show()

    def _use_painter_instead(self, problem: str) -> None:
        _log.warning("painting with QPainter instead of OpenGL: %s", problem)
        failed = self._canvas.as_widget()
        self._canvas = make_painter_canvas(self)
        self._canvas_note = "OpenGL failed; details are in the log"
        self._connect_canvas()
        failed.hide()
        failed.deleteLater()
        self._apply_theme()
        self._lay_out()
        self._reprojector.forget_pictures()  # another canvas may take them in another size
        self._show()

    def _note_painting(self) -> None:
        frame, camera = self._painted_frame, self._state.camera
        if frame is None or camera is None:
            return
        painted = (camera if self._reprojects else frame.camera), frame
        if self._painted is None or painted[0] != self._painted[0] or frame is not self._painted[1]:
            self._painted = painted
            self._figures.count_shown(frame)  # repaintings for other reasons show nothing new
        if frame is not self._announced:
            self._announced = frame
            self.picture_shown.emit(frame)
        self.view_painted.emit(painted[0])

    def _place(self) -> Rectangle:
        """Where the picture lies, in the viewport's pixels."""
        place, origin = self._canvas.place, self._canvas.as_widget().pos()
        return Rectangle(place.x + origin.x(), place.y + origin.y(), place.width, place.height)

    def _report_click(self, x: float, y: float) -> None:
        pixel = self.pixel_at(x, y)
        if pixel is not None:
            self.clicked.emit(*pixel)

    @property
    def _resting(self) -> bool:
        return not self._busy.isVisible() and self._reprojector.settled

    def _hud_facts(self, shown_fps: float | None, network_fps: float | None) -> HudFacts:
        state, kept = self._state, self._reprojector
        return HudFacts(
            shown_fps=shown_fps,
            network_fps=network_fps,
            frame=state.frame,
            renderer=state.renderer,
            canvas=self._canvas.backend_name,
            canvas_note=self._canvas_note,
            camera=state.camera,
            pivot_distance=self.navigator.view.distance if self.navigator.view else None,
            reprojection=kept.facts if self._reprojects else None,
        )

    # Looks

    def _apply_theme(self) -> None:
        theme = self._themes.theme
        self._canvas.set_surround(QColor(theme.viewport))
        for overlay in (*self._arrangement.signs, *self._overlays):
            overlay.apply_theme(theme)
        self._lay_out()
        self.update()

    def _lay_out(self) -> None:
        self._arrangement.lay_out(self._canvas.as_widget(), self._place)
        place = self._place()
        for overlay in self._overlays:
            overlay.lay_out(self.size(), place)
        self._project_overlays()

    # Qt's overrides

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay the overlays out anew."""
        super().resizeEvent(event)
        self._lay_out()

    def showEvent(self, event: QShowEvent) -> None:
        """Go on counting."""
        super().showEvent(event)
        self._figures.wake()

    def paintEvent(self, _: QPaintEvent) -> None:
        """Paint the ring around the canvas: the surroundings, or the focus."""
        theme = self._themes.theme
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.accent if self._ring else theme.viewport))

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the focus where the keyboard brought it."""
        super().focusInEvent(event)
        by_keyboard = event.reason() in (
            Qt.FocusReason.TabFocusReason,
            Qt.FocusReason.BacktabFocusReason,
        )
        self._set_ring(by_keyboard)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show that the keys go elsewhere."""
        super().focusOutEvent(event)
        self._set_ring(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take the display modes' keys and H; the arrows and R are the input's."""
        key = Qt.Key(event.key())
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if plain and key in KEYS and self._state.scene is not None:
            self._state.set_display_mode(KEYS[key])
        elif plain and key == Qt.Key.Key_H:
            self.set_hud_visible(not self.hud_visible)
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Let go of keys and buttons when the window goes behind another."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and not self.isActiveWindow():
            self._input.stop()

    def _set_ring(self, ring: bool) -> None:
        if ring != self._ring:
            self._ring = ring
            self.update()
