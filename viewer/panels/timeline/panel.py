"""The timeline: the camera path over time, its keyframes, and the tools to make videos."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QWidget,
)

from dvox_core.geometry.cameras import Camera
from dvox_core.rendering.trust_maps import TrustTerm
from viewer.panels.live import LivePanel
from viewer.panels.panel import PanelContext
from viewer.panels.timeline.keyframe_row import KeyframeRow
from viewer.panels.timeline.track import TimelineTrack
from viewer.state.key_tips import add_keys_to_tip
from viewer.text.units import path_time
from viewer.theme import Spacing, interface_font, tabular
from viewer.widgets.empty_state import EmptyState
from viewer.widgets.icon_button import IconButton
from viewer.widgets.inputs import PlainSpin
from viewer.workers.background.latest_answer import LatestAnswer
from viewer.workers.trust.trust_finder import CameraTrustAnswers, TrustAnswer, TrustQuestion

HEIGHT = 226
ANGLE_SAMPLES = 160
TRUST_SAMPLES = 24  # each takes as long as a frame's depth weights

GENERATORS = (
    "path_orbit",
    "path_turntable",
    "path_spiral",
    "path_figure_eight",
    "path_dolly",
    "path_through",
    "path_between",
)
FILES = ("path_new", "path_open", "path_open_poses", "path_save", "path_save_as", "path_export")
KEYFRAME_ACTIONS = (
    "path_jump",
    "path_retake",
    "path_duplicate",
    "path_delete",
    "path_earlier",
    "path_later",
)
MORE = ("path_reverse", "path_thin")


class TimelinePanel(LivePanel):
    """Toolbar, track, and the row of the selected keyframes."""

    name = "timeline"
    follows_frames = False
    action_requested = Signal(str)  # the name of an action of the window
    shown_changed = Signal(bool)

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context)
        tools = context.paths
        self._editor, self._player = tools.editor, tools.player
        self._rate = ""
        self._needs_angles = True
        self._trust_answers = CameraTrustAnswers()
        self._trust_worker = LatestAnswer(
            self._trust_answers.answer, "Telling the trust along the path", self
        )
        self._trust_worker.answered.connect(self._show_trusts)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.track = TimelineTrack(self._editor, context.themes, tools.pictures.of)
        self.keyframe_row = KeyframeRow(self._editor, context.themes)
        self.empty = EmptyState(
            "A camera path begins with its first key: turn to a view and add it by the button Key. "
            "Or let one be made: round the scene, or through the cameras it was captured with.",
            "Orbit…",
            lambda: self.action_requested.emit("path_orbit"),
        )
        self.body = QStackedWidget()
        empty_page = QWidget()
        row = QHBoxLayout(empty_page)
        row.addStretch(1)
        self.empty.setMaximumWidth(560)
        row.addWidget(self.empty, 4, Qt.AlignmentFlag.AlignVCenter)
        row.addStretch(1)
        self.body.addWidget(empty_page)
        self.body.addWidget(self.track)
        self._column.takeAt(0)
        self._column.setContentsMargins(
            Spacing.PANEL, Spacing.CONTROL, Spacing.PANEL, Spacing.CONTROL
        )
        self._column.setSpacing(Spacing.LABEL)
        self._column.addLayout(self._toolbar())
        self._column.addWidget(self.body, 1)
        self._column.addWidget(self.keyframe_row)
        self._connect()
        self.refresh()

    def sizeHint(self) -> QSize:
        """Low and wide."""
        return QSize(900, HEIGHT)

    def minimumSizeHint(self) -> QSize:
        """Toolbar, keys and row, without the keys' pictures."""
        return QSize(300, 150)

    def _toolbar(self) -> QHBoxLayout:
        themes = self.context.themes
        self.play = IconButton(
            themes, "play", "Play in real time, or pause (Space in the picture or here)", "Play"
        )
        self.add_key = IconButton(
            themes,
            "plus",
            "Add a key of the present view: at the playhead, or after the last key",
            "Key",
        )
        self.make = self._menu_button("Make a path", "Let a path be made by rule")
        self.capture = IconButton(
            themes,
            "rotate-orbit",
            "Capture how you move the scene, and render it afterwards",
            "Capture",
        )
        self.capture.setCheckable(True)
        self.play.setMinimumWidth(self.play.fontMetrics().horizontalAdvance("Pause") + 58)
        self.clock = QLabel()
        self.clock.setFont(tabular(interface_font()))
        self.clock.setProperty("role", "muted")
        self.clock.setToolTip("Time of the playhead")
        self.clock.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.clock.setFixedWidth(96)
        self.seconds = PlainSpin(
            "Duration", "How long the whole path lasts; keys are stretched with it", 0, 36000, " s"
        )
        self.fps = PlainSpin("Frames a second", "Frames a second of the video", 1, 240, " fps")
        self.loop = QCheckBox("Loop")
        self.loop.setToolTip("Come back from the last key to the first, on and on")
        self.more = self._menu_button("", "The path's files, and more")
        self.record = QPushButton("Record video…")
        self.record.setToolTip("Render every frame of the path into a video")
        self.record.setProperty("role", "primary")
        self.close_button = IconButton(themes, "close", "Hide the timeline")
        for named, action in (
            (self.add_key, "path_add_key"),
            (self.capture, "path_capture"),
            (self.record, "record"),
            (self.close_button, "timeline"),
        ):
            add_keys_to_tip(named, self.context.keys, action)
        row = QHBoxLayout()
        row.setSpacing(Spacing.CONTROL)
        for widget in (self.play, self.add_key, self.make, self.capture):
            row.addWidget(widget)
        row.addStretch(1)
        at_right = (self.clock, self.seconds, self.fps, self.loop, self.more, self.record)
        for field in (*at_right, self.close_button):
            row.addWidget(field)
        return row

    def _menu_button(self, text: str, tip: str) -> QToolButton:
        button = IconButton(self.context.themes, "dots-horizontal" if not text else "creation", tip)
        if text:
            button.setText(text)
            button.setProperty("role", "menu")
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setMenu(QMenu(button))
        button.menu().setToolTipsVisible(True)
        return button

    def _connect(self) -> None:
        editor, player, state = self._editor, self._player, self.context.state
        ask = self.action_requested.emit
        self.play.clicked.connect(player.toggle)
        self.add_key.clicked.connect(lambda: ask("path_add_key"))
        self.capture.clicked.connect(lambda: ask("path_capture"))
        self.record.clicked.connect(lambda: ask("record"))
        self.close_button.clicked.connect(lambda: ask("timeline"))
        self.seconds.valueChanged.connect(editor.set_seconds)
        self.fps.valueChanged.connect(editor.set_fps)
        self.loop.clicked.connect(editor.set_loop)
        self.track.seeked.connect(player.seek)
        self.track.stepped.connect(player.step)
        self.track.play_toggled.connect(player.toggle)
        self.track.jumped.connect(self.jump_to)
        self.track.delete_requested.connect(lambda: ask("path_delete"))
        self.track.duplicate_requested.connect(lambda: ask("path_duplicate"))
        self.track.menu_requested.connect(self._show_keyframe_menu)
        for name, button in self.keyframe_row.buttons.items():
            button.clicked.connect(lambda _=False, name=name: ask(name))
        editor.path_changed.connect(self._forget_angles)
        editor.selection_changed.connect(self.refresh_soon)
        editor.playhead_changed.connect(self.refresh_soon)
        editor.saved_changed.connect(self.refresh_soon)
        player.curve_ready.connect(self._forget_angles)
        player.playing_changed.connect(self._show_playing)
        player.rate_changed.connect(self._show_rate)
        state.scene_changed.connect(self._forget_angles)
        self.context.trust.changed.connect(self._forget_angles)
        self.context.paths.pictures.changed.connect(self.track.update)
        self.context.paths.capture.capturing_changed.connect(self._show_capturing)

    def offer(self, actions: Mapping[str, QAction]) -> None:
        """Put the window's actions into the menus."""
        for names, button in ((GENERATORS, self.make), ((*FILES, *MORE), self.more)):
            for name in names:
                button.menu().addAction(actions[name])
                if name in (FILES[0], FILES[2], FILES[-1]):
                    button.menu().addSeparator()
        self._keyframe_menu = QMenu(self)
        for name in KEYFRAME_ACTIONS:
            self._keyframe_menu.addAction(actions[name])

    def jump_to(self, index: int) -> None:
        """Look from a key, and select it."""
        self._editor.select((index,))
        self._player.seek(self._editor.path.times[index])

    def set_live(self, live: bool) -> None:
        """Make curve and thumbnails ready while it is in view."""
        super().set_live(live)
        self.context.paths.pictures.set_shown(live)
        if live:
            self._player.prepare()
            self._needs_angles = True
        else:
            self._player.pause()
            self._trust_answers.stop(self._trust_worker)
        self.shown_changed.emit(live)

    def refresh(self) -> None:
        """Show the path as it is edited now."""
        path = self._editor.path
        has_keys = bool(path.keyframes)
        self.body.setCurrentIndex(1 if has_keys else 0)
        self.keyframe_row.setEnabled(has_keys)
        self.keyframe_row.refresh()
        self.clock.setText(f"{path_time(self._editor.playhead)} of" if path.seconds else "")
        self.seconds.show_value(path.seconds)
        self.seconds.setEnabled(path.seconds > 0)
        self.fps.show_value(path.fps)
        self.loop.setChecked(path.loop)
        self.play.setEnabled(path.seconds > 0)
        self.record.setEnabled(path.seconds > 0)
        self._show_remark()
        if self._needs_angles and self.live:
            self._needs_angles = False
            self.track.show_angles(self._angles())
            self._ask_for_trust()

    def _forget_angles(self, *_: object) -> None:
        self._needs_angles = True
        self.refresh_soon()

    def _show_remark(self) -> None:
        editor, path = self._editor, self._editor.path
        if self._player.playing and self._rate:
            text = self._rate
        elif len(path.keyframes) == 1:
            text = "One more key makes a path"
        else:
            name = editor.file.name if editor.file else ""
            text = f"{name}, not saved" if name and editor.needs_saving else name
        self.keyframe_row.show_remark(text)

    def _angles(self) -> NDArray[np.float64] | None:
        """Degrees to the nearest view of the capture, evenly along the path."""
        scene, curve = self.context.state.scene, self._player.curve()
        if scene is None or not scene.cameras or curve is None or curve.seconds <= 0:
            return None
        views = curve.views_at(np.linspace(0, curve.seconds, ANGLE_SAMPLES))
        return angles_to_nearest(
            [view.camera for view in views], [view.camera for view in scene.cameras]
        )

    def _ask_for_trust(self) -> None:
        """Have the trust in views along the path told, where the scene's support is known."""
        state, support, curve = self.context.state, self.context.trust.support, self._player.curve()
        self._trust_asked = None
        if state.scene is None or support is None or curve is None or curve.seconds <= 0:
            return
        views = curve.views_at(np.linspace(0, curve.seconds, TRUST_SAMPLES))
        cameras = [view.camera for view in views]
        self._trust_asked = cameras
        interventions = self.context.edits.interventions
        self._trust_worker.ask(TrustQuestion(state.scene, support, cameras, interventions))

    def _show_trusts(self, answer: TrustAnswer) -> None:
        if answer.question.cameras is self._trust_asked:
            means = [maps.mean(TrustTerm.TRUST) for maps in answer.maps]
            self.track.show_trusts(np.array(means))

    _trust_asked: list[Camera] | None = None  # of the present path

    def _show_playing(self, playing: bool) -> None:
        self._rate = ""
        self.play.set_icon("pause" if playing else "play")
        self.play.setText("Pause" if playing else "Play")
        self.refresh_soon()

    def _show_rate(self, network: float, wanted: float) -> None:
        kept_up = network >= 0.97 * wanted
        self._rate = (
            f"the network keeps up: {wanted:g} fps"
            if kept_up
            else f"{network:.0f} of {wanted:g} fps from the network, those between are warped"
        )
        self.refresh_soon()

    def _show_capturing(self, capturing: bool) -> None:
        self.capture.setChecked(capturing)
        self.capture.set_icon("stop-circle-outline" if capturing else "rotate-orbit")

    def _show_keyframe_menu(self, place: QPoint) -> None:
        if self._editor.selected:
            self._keyframe_menu.popup(place)


def angles_to_nearest(cameras: list[Camera], views: list[Camera]) -> NDArray[np.float64]:
    """[N]: degrees that each camera is turned from the view turned least from it."""
    turned = np.stack([camera.rotation for camera in cameras]).reshape(-1, 9)
    known = np.stack([view.rotation for view in views]).reshape(-1, 9)
    cosines = ((turned @ known.T).max(axis=1) - 1) / 2
    return np.asarray(np.degrees(np.arccos(np.clip(cosines, -1.0, 1.0))))
