"""The scene panel: facts of the scene and of the camera, and steps through the views."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from dvox_core.model.scene import Scene
from viewer.panels.panel import Panel, PanelContext, Section
from viewer.panels.scene.facts import camera_facts, file_facts, scene_facts, training_facts
from viewer.panels.scene.measure_section import MeasureSection
from viewer.panels.scene.saved_views import SavedViewsSection
from viewer.panels.scene.trust_section import TrustSection
from viewer.state.capture_views import nearest_view, stepped_view, view_index, view_label
from viewer.state.key_tips import add_keys_to_tip
from viewer.theme import Spacing
from viewer.widgets.fact_table import Fact, FactTable
from viewer.widgets.icon_button import IconButton
from viewer.widgets.inputs import ignore_wheel

REFRESH_MS = 92
"""Numbers are read, not watched: ten times a second are enough. Five and a half pictures of a
display: they are written between two pictures, and do not hold one up.
"""


class ScenePanel(Panel):
    """Shows facts about the open scene and the camera."""

    copy_requested = Signal()
    paste_requested = Signal()

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context)
        state = context.state
        self.file_table = FactTable()
        self.scene_table = FactTable()
        self.training_table = FactTable()
        self.notes = QLabel()
        self.notes.setProperty("role", "muted")
        self.notes.setWordWrap(True)
        self.camera_table = FactTable()
        self.views = ViewStepper(context)
        self.trust = TrustSection(context)
        self.measure = MeasureSection(context)
        self.saved = SavedViewsSection(context.keys)
        self._training = Section("Training")
        self._notes = Section("Notes")
        self._views = Section("Views")
        self._build()
        # A drag changes the camera more often than numbers can be read.
        self._refresh = QTimer(
            self, singleShot=True, interval=REFRESH_MS, timerType=Qt.TimerType.PreciseTimer
        )
        self._refresh.timeout.connect(self._show_camera)
        self._in_view = True  # until something else is said
        state.scene_changed.connect(self._show_scene)
        state.scene_refreshed.connect(self._show_scene)
        state.camera_changed.connect(self._refresh_soon)
        state.pivot_changed.connect(self._refresh_soon)
        context.keys.changed.connect(self._show_keys)
        self._show_scene(state.scene)

    def _build(self) -> None:
        camera = Section("Camera")
        camera.column.addWidget(self.camera_table)
        buttons = QHBoxLayout()
        buttons.setSpacing(Spacing.CONTROL)
        self.copy_button = QPushButton("Copy pose")
        self.copy_button.setToolTip("Put the camera's pose on the clipboard as JSON")
        self.copy_button.clicked.connect(self.copy_requested)
        self.paste_button = QPushButton("Paste pose")
        self.paste_button.setToolTip("Look from the pose on the clipboard: JSON, or 16 numbers")
        self.paste_button.clicked.connect(self.paste_requested)
        add_keys_to_tip(self.copy_button, self.context.keys, "copy_pose")
        add_keys_to_tip(self.paste_button, self.context.keys, "paste_pose")
        buttons.addWidget(self.copy_button)
        buttons.addWidget(self.paste_button)
        camera.column.addLayout(buttons)
        file = Section("File")
        file.column.addWidget(self.file_table)
        model = Section("Model")
        model.column.addWidget(self.scene_table)
        self._views.column.addWidget(self.views)
        self._training.column.addWidget(self.training_table)
        self._notes.column.addWidget(self.notes)
        sections = (
            file, model, camera, self.trust, self.measure, self._views, self.saved, self._training,
            self._notes,
        )  # fmt: skip
        for section in sections:
            self.add_section(section)

    def set_in_view(self, in_view: bool) -> None:
        """Follow the camera, and tell the trust in its view, while in view."""
        super().set_in_view(in_view)
        self._in_view = in_view
        self.trust.set_live(in_view)
        if in_view:
            self._show_camera()
        else:
            self._refresh.stop()
            self.measure.stop()

    def _show_scene(self, scene: Scene | None) -> None:
        self.show_content(scene is not None)
        if scene is None:
            return
        self.file_table.set_facts(file_facts(scene))
        self.scene_table.set_facts(scene_facts(scene))
        training = training_facts(scene)
        self.training_table.set_facts(
            training or [Fact("How", "the file does not say", "An authors' file never says")]
        )
        self.notes.setText("\n".join(scene.notes))
        self._notes.setVisible(bool(scene.notes))
        self._show_keys()
        self._show_camera()

    def _show_keys(self, *_: object) -> None:
        """Name the keys that step from view to view, beside what they step through."""
        scene, keys = self.context.state.scene, self.context.keys
        both = [keys.text_of(name) for name in ("previous_view", "next_view")]
        has_views = scene is not None and bool(scene.cameras)
        self._views.set_remark(f"{both[0]} and {both[1]} step" if has_views and all(both) else "")

    def _refresh_soon(self) -> None:
        if self._in_view and not self._refresh.isActive():
            self._refresh.start()

    def _show_camera(self) -> None:
        state = self.context.state
        if state.scene and state.camera is not None:
            self.camera_table.set_facts(camera_facts(state.scene, state.camera, state.pivot))
            self.views.show_camera()


class ViewStepper(QWidget):
    """Jumps to the views of the capture."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__()
        self._state = context.state
        self.previous = IconButton(
            context.themes, "chevron-left", "Previous view: look from it ([)"
        )
        self.next = IconButton(context.themes, "chevron-right", "Next view: look from it (])")
        self.list = QComboBox()
        self.list.setToolTip("Look from a view of the capture")
        self.list.setAccessibleName("Views of the capture")
        self.list.setMaxVisibleItems(16)
        self.list.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        ignore_wheel(self.list)
        self.empty = QLabel(
            "The file holds no cameras. Convert the checkpoint with --poses to keep them: "
            "convert CHECKPOINT.pth --poses DIR --out scene.dvox"
        )
        self.empty.setWordWrap(True)
        self.empty.setProperty("role", "muted")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Spacing.LABEL)
        row.addWidget(self.previous)
        row.addWidget(self.list, 1)
        row.addWidget(self.next)
        row.addWidget(self.empty, 1)
        self.previous.clicked.connect(lambda: self.step(-1))
        self.next.clicked.connect(lambda: self.step(1))
        self.list.activated.connect(self._jump)
        self._state.scene_changed.connect(self._fill)
        self._state.scene_refreshed.connect(self._fill)  # with a capture's cameras, perhaps
        self._fill(self._state.scene)

    def step(self, step: int) -> None:
        """Look from the view `step` after the present one."""
        scene, camera = self._state.scene, self._state.camera
        if scene and camera is not None:
            view = stepped_view(camera, scene.cameras, step)
            if view:
                self._state.set_camera(view.camera)

    def show_camera(self) -> None:
        """Select the view that the camera is at, or name the nearest."""
        scene, camera = self._state.scene, self._state.camera
        if not scene or not scene.cameras or camera is None:
            return
        index = view_index(camera, scene.cameras)
        self.list.setCurrentIndex(-1 if index is None else index)
        if index is None:
            nearest = nearest_view(camera, scene.cameras)
            self.list.setPlaceholderText(f"Near {nearest.name}" if nearest else "")

    def _fill(self, scene: Scene | None) -> None:
        views = scene.cameras if scene else ()
        self.list.clear()
        self.list.addItems([view_label(view) for view in views])
        for widget in (self.previous, self.list, self.next):
            widget.setVisible(bool(views))
        self.empty.setVisible(not views)

    def _jump(self, index: int) -> None:
        scene = self._state.scene
        if scene and 0 <= index < len(scene.cameras):
            self._state.set_camera(scene.cameras[index].camera)
