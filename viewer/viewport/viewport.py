"""The viewport: the network's picture, what lies over it, and the mouse that turns it."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QImage,
    QKeyEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QWidget

from dvox_core.geometry.cameras import Camera
from dvox_core.model.scene import Scene
from dvox_core.rendering.frame import BORDER, Extra, Frame
from dvox_core.rendering.pictures import Picture
from viewer.state.map_scales import MapQuantity
from viewer.state.shortcut_keys import ShortcutKeys
from viewer.state.viewer_state import DisplayMode, ViewerState
from viewer.theme import ThemeManager
from viewer.viewport.canvas.canvas import Canvas
from viewer.viewport.canvas.content import EMPTY, CanvasContent
from viewer.viewport.canvas.cpu_warp import image_of
from viewer.viewport.canvas.host import CanvasHost
from viewer.viewport.canvas.letterbox import PictureArea, picture_pixel
from viewer.viewport.focus_ring import RingedWidget
from viewer.viewport.layout import ViewportLayout
from viewer.viewport.navigation.input import DESCRIPTION, ViewInput
from viewer.viewport.navigation.navigator import Navigator
from viewer.viewport.overlays.hud import HudFacts
from viewer.viewport.overlays.hud_updates import HudUpdater
from viewer.viewport.overlays.labels import BusyLabel, Label
from viewer.viewport.overlays.legend_bar import LegendBar
from viewer.viewport.overlays.map_tools import MapTools
from viewer.viewport.overlays.mode_switch import KEYS, ModeSwitch
from viewer.viewport.overlays.overlay import Overlay, picture_projection
from viewer.viewport.reprojection.frame_preparation import prepared_by
from viewer.viewport.reprojection.mode_pictures import ModePictures
from viewer.viewport.reprojection.reprojector import Reprojector
from viewer.workers.remote.remote_links import figures_of
from viewer.workers.rendering.scene_session import SceneSession


class Viewport(RingedWidget):
    """Shows the state's view in its display mode, and steers its camera.

    While the network works, the present view is made of true frames warped by their depth, unless
    that is switched off: then the newest frame stays until the next one. The canvas below paints
    the picture and nothing else; every overlay is a widget above it. All mouse and key events
    arrive at the viewport itself.
    """

    hud_visible_changed = Signal(bool)
    clicked = Signal(float, float)  # pixel (u, v) of the shown view's picture with its border
    menu_requested = Signal(object)  # QPoint on the screen: by a right click or the menu key
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
        super().__init__(themes, parent)
        self._state = state
        self._pictures = ModePictures(state)
        self._reprojects = self._prefetches = True
        self._has_own_keys = True
        self._painted_frame: Frame | None = None  # the newest that has part in the canvas's picture
        self._painted: tuple[Camera, Frame] | None = None  # what was painted last
        self._announced: Frame | None = None  # that `picture_shown` was sent for
        self._overlays: list[Overlay] = []
        self._laid_out: object = None  # `ViewportLayout.state` when everything got its place

        self.setObjectName("viewport")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(240, 200)
        self.setAccessibleName("Picture")
        self.setAccessibleDescription(DESCRIPTION)

        self.canvas = CanvasHost(self, canvas)
        self.canvas.painted.connect(self._on_painted)
        self.canvas.replaced.connect(self._on_canvas_replaced)

        self._switch = ModeSwitch(self)
        self._busy = BusyLabel(self)
        self._hud_updater = HudUpdater(
            self, self._hud_facts, self._lay_out, lambda: self._is_at_rest
        )
        self._hud = self._hud_updater.hud
        self._legend = LegendBar(self)
        self.maps = MapTools(self, state, self._legend, self.pixel_at, lambda: self._lay_out())
        self._hint = Label("hint", self)
        self._message = Label("message", self)

        self.reprojector = Reprojector(
            self._pictures.compose,
            lambda: themes.motion_ms > 0 and self.isVisible(),
            lambda: self.canvas.max_pixels,
            self,
            prepared=prepared_by(session, state, lambda: self.canvas.max_pixels, self),
        )
        self.reprojector.changed.connect(self._show)
        self.reprojector.prefetcher.wanted.connect(session.prefetch)
        session.prefetched.connect(self.reprojector.keep_prefetched)
        self._layout = ViewportLayout(
            self,
            self._switch,
            self._busy,
            self._hud,
            self._legend,
            self._hint,
            self._message,
            self.maps.value,
        )

        self.navigator = Navigator(
            state, lambda: self.canvas.place, lambda: themes.motion_ms, self, shown=self._shown_view
        )
        self.input = ViewInput(self, self.navigator)
        self.input.clicked.connect(self._on_clicked)
        self.input.menu_requested.connect(
            lambda x, y: self.menu_requested.emit(self.mapToGlobal(QPoint(round(x), round(y))))
        )
        self.navigator.nothing_there.connect(lambda line: self._hint.show_text(line, 3))

        state.scene_changed.connect(self._on_scene_changed)
        state.scene_refreshed.connect(self.reprojector.refresh_scene)
        state.frame_changed.connect(self._on_frame_changed)
        state.camera_changed.connect(self._on_camera_changed)
        state.pivot_changed.connect(lambda _: self._look_from_state())
        state.display_mode_changed.connect(self._on_display_mode_changed)
        state.renderer_changed.connect(self._on_renderer_changed)
        state.trust_term_changed.connect(self._on_colors_changed)
        state.scales.changed.connect(self._on_scale_changed)
        state.trust_line_changed.connect(self._show_message)
        session.busy_changed.connect(self._busy.set_busy)
        self._switch.chosen.connect(state.set_display_mode)
        themes.theme_changed.connect(lambda _: self._apply_theme())
        self._switch.show_mode(state.display_mode)
        self._apply_theme()
        self._on_scene_changed(state.scene)

    # What others ask for

    @property
    def backend_name(self) -> str:
        """What paints the picture, and why it is not OpenGL if it is not."""
        canvas = self.canvas
        return f"{canvas.name} ({canvas.note})" if canvas.note else canvas.name

    @property
    def hud_visible(self) -> bool:
        """Whether the HUD is shown."""
        return self._hud_updater.visible

    def set_hud_visible(self, visible: bool) -> None:
        """Show the HUD, or hide it."""
        if visible != self.hud_visible:
            self._hud_updater.set_visible(visible)
            self.hud_visible_changed.emit(visible)

    @property
    def reprojects(self) -> bool:
        """Whether true frames are warped to the present view while the network works."""
        return self._reprojects

    def set_reprojects(self, wanted: bool) -> None:
        """Warp true frames to the present view, or let the newest frame stay until the next."""
        self._reprojects = wanted
        self.reprojector.prefetcher.set_enabled(wanted and self._prefetches)
        self._show()
        self._hud_updater.wake()

    def add_overlay(self, overlay: Overlay) -> None:
        """Paint `overlay` over the picture from now on, below the HUD and the labels."""
        overlay.setParent(self)
        overlay.stackUnder(self._switch)
        self._overlays.append(overlay)
        overlay.apply_theme(self._themes.theme)
        self._lay_out()

    def pixel_at(self, x: float, y: float) -> tuple[float, float] | None:
        """The pixel (u, v) of the picture with its border under a point; None beside it."""
        scene, place = self._state.scene, self.canvas.place
        if scene is None or self._state.frame is None or not place.contains(x, y):
            return None
        return picture_pixel(x, y, place, scene.config.image_size)

    @property
    def pixel_size(self) -> float:
        """How many pixels of the picture one of the viewport's is."""
        scene = self._state.scene
        shown = scene.config.image_size - 2 * BORDER if scene else 1
        return shown / max(self.canvas.place.width, 1.0)

    def refresh_figures(self) -> None:
        """Something that the HUD shows has changed elsewhere."""
        self._hud_updater.wake()

    def set_prefetch_enabled(self, allowed: bool) -> None:
        """Render views while nothing else is to be done, or leave the processor to others."""
        self._prefetches = allowed
        self.reprojector.prefetcher.set_enabled(allowed and self._reprojects)

    def set_wanted_views(self, cameras: Sequence[Camera]) -> None:
        """Render these views while nothing else is to be done: for example of an edited path."""
        self.reprojector.prefetcher.set_wanted_views(cameras)

    def kept_frame(self, camera: Camera) -> Frame | None:
        """The true frame of this camera, or of one that is hardly another, if one is kept."""
        pivot = self._state.pivot
        return None if pivot is None else self.reprojector.cache.frame_of(camera, pivot, 0.1)

    def reset_view(self) -> None:
        """Fly back to the scene's start view."""
        self.navigator.reset()

    def picture(self) -> Picture | None:
        """The newest frame in the present mode; None where there is none to show."""
        return self._pictures.compose(self._state.frame)

    def grab_picture(self) -> QImage:
        """The network's picture in the present mode, at its own size, without overlays.

        A null image when there is none: no frame yet, or a mode that the model cannot show.
        """
        picture = self.picture()
        if picture is None:
            return QImage()
        return image_of(picture.rgba).convertToFormat(QImage.Format.Format_RGB888)

    # Facts of the state

    def _on_scene_changed(self, scene: Scene | None) -> None:
        # Under 1 ms a frame, and worth it: modes switch at once, and empty rays are known.
        wanted = Extra.ENTROPY if scene and scene.config.knows_depth else Extra.NONE
        self._state.set_panel_extras("viewport", wanted)
        self._painted_frame = self._announced = self._painted = None
        self.reprojector.set_scene(scene)
        self._hud_updater.clear()
        self.canvas.show_view(EMPTY)
        self._legend.show_legend(None)
        self._hint.show_text("")
        self._switch.setEnabled(scene is not None)
        self._look_from_state()
        self._show_message()
        self._hud_updater.wake()

    def _on_renderer_changed(self, _: object) -> None:
        self.reprojector.outdate()
        self._hud_updater.wake()

    def _on_frame_changed(self, frame: Frame | None) -> None:
        if frame is None:
            return
        self._hud_updater.count_network(frame)
        self._follow_depths(frame)
        self.reprojector.keep(frame)
        self._hint.show_text(frame.hint or self.navigator.planes_hint)
        self._show_message()
        self._hud_updater.wake()

    def _follow_depths(self, frame: Frame | None) -> None:
        self._pictures.follow_depths(frame)

    def _on_camera_changed(self, _: Camera) -> None:
        if self._hint.is_lasting and self._state.frame is not None:
            self._hint.show_text(self.navigator.planes_hint or self._state.frame.hint)
        self._look_from_state()
        self._project_overlays()
        self._hud_updater.wake()

    def _look_from_state(self) -> None:
        self.reprojector.look_from(self.navigator.view)

    def _project_overlays(self) -> None:
        scene, camera = self._state.scene, self._state.camera
        projection, area = None, None
        if scene is not None and camera is not None:
            intrinsics = scene.intrinsics.scaled_to(scene.config.image_size)
            area = PictureArea(self.canvas.place, intrinsics.width)
            projection = picture_projection(camera, intrinsics, area.place)
        for overlay in self._overlays:
            overlay.show_projection(projection, area)

    def _on_display_mode_changed(self, mode: DisplayMode) -> None:
        self._switch.show_mode(mode)
        self._follow_depths(self._state.frame)
        self.reprojector.forget_pictures()
        self.reprojector.settle()
        self._show_message()

    def _on_scale_changed(self, quantity: MapQuantity) -> None:
        if quantity is self._state.display_mode.quantity:
            self._on_colors_changed()

    def _on_colors_changed(self, *_: object) -> None:
        self.reprojector.forget_pictures()
        self._show()

    def _show(self) -> None:
        """Show what the state's view looks like now."""
        frame = self._state.frame
        if frame is None or self._state.scene is None:
            return
        if self._reprojects:
            content = self.reprojector.shown()
        else:
            content = CanvasContent(self._pictures.compose(frame))
        empty = content.picture is None and content.warp is None
        if empty and self._pictures.are_possible:
            return  # a frame with what the mode needs is on its way; the last picture stays
        self._painted_frame = None if empty else frame
        self.canvas.show_view(content)
        self.maps.show_legend(None if empty else self.reprojector.legend)

    def _shown_view(self) -> tuple[Frame, Camera] | None:
        """The frame that is seen most of, and the camera that sees it."""
        frame = self.reprojector.frame if self._reprojects else self._state.frame
        if frame is None or self._state.camera is None:
            return None
        return frame, self._state.camera if self._reprojects else frame.camera

    def _show_message(self, *_: object) -> None:
        self._message.show_text(self._pictures.problem)
        if self._layout.state(self.canvas.place) != self._laid_out:  # not with every frame
            self._lay_out()

    # The canvas

    def _on_canvas_replaced(self) -> None:
        self._apply_theme()
        self._lay_out()
        self.reprojector.forget_pictures()  # another canvas may want them in another size
        self._show()

    def _on_painted(self) -> None:
        frame, camera = self._painted_frame, self._state.camera
        if frame is None or camera is None:
            return
        painted = (camera if self._reprojects else frame.camera), frame
        if self._painted is None or painted[0] != self._painted[0] or frame is not self._painted[1]:
            self._painted = painted
            self._hud_updater.count_shown(frame)  # repaintings for other reasons show nothing new
        if frame is not self._announced:
            self._announced = frame
            self.picture_shown.emit(frame)
        self.view_painted.emit(painted[0])

    def _on_clicked(self, x: float, y: float) -> None:
        pixel = self.pixel_at(x, y)
        if pixel is not None:
            self.clicked.emit(*pixel)

    @property
    def _is_at_rest(self) -> bool:
        return not self._busy.isVisible() and self.reprojector.settled

    def _hud_facts(self, shown_fps: float | None, network_fps: float | None) -> HudFacts:
        state, kept = self._state, self.reprojector
        return HudFacts(
            shown_fps=shown_fps,
            network_fps=network_fps,
            frame=state.frame,
            renderer=state.renderer,
            canvas=self.canvas.name,
            canvas_note=self.canvas.note,
            camera=state.camera,
            pivot_distance=self.navigator.view.distance if self.navigator.view else None,
            reprojection=kept.facts if self._reprojects else None,
            remote=figures_of(state.scene),
        )

    # Looks

    def _apply_theme(self) -> None:
        theme = self._themes.theme
        self.canvas.set_surround(QColor(theme.viewport))
        for overlay in (*self._layout.labels, *self._overlays):
            overlay.apply_theme(theme)
        self._lay_out()
        self.update()

    def _lay_out(self) -> None:
        self._layout.lay_out(self.canvas.widget, lambda: self.canvas.place)
        place = self.canvas.place
        for overlay in self._overlays:
            overlay.lay_out(self.size(), place)
        self._laid_out = self._layout.state(place)
        self._project_overlays()

    def follow_keys(self, keys: ShortcutKeys) -> None:
        """Leave display modes and figures to the window's actions; tool tips name their keys."""
        self._has_own_keys = False
        self._switch.follow_keys(keys)

    # Qt's overrides

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay the overlays out anew."""
        super().resizeEvent(event)
        self._lay_out()

    def showEvent(self, event: QShowEvent) -> None:
        """Go on counting."""
        super().showEvent(event)
        self._hud_updater.wake()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take the display modes' keys and H, unless the window has them."""
        key = Qt.Key(event.key())
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        plain = plain and self._has_own_keys
        if plain and key in KEYS and self._state.scene is not None:
            self._state.set_display_mode(KEYS[key])
        elif plain and key == Qt.Key.Key_H:
            self.set_hud_visible(not self.hud_visible)
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu by its key; by the mouse when it lets go, as a drag may come first."""
        if event.reason() != QContextMenuEvent.Reason.Mouse:
            self.menu_requested.emit(self.mapToGlobal(self.rect().center()))

    def changeEvent(self, event: QEvent) -> None:
        """Let go of keys and buttons when the window goes behind another."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and not self.isActiveWindow():
            self.input.stop()
