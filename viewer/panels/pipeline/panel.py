"""The pipeline panel: all stages of the present view, and the replay of how its grid came about."""

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from dvox_core.model.config import ModelConfig
from dvox_core.model.scene import Scene
from dvox_core.pipeline.questions import PipelineAnswer, StageQuestion
from dvox_core.pipeline.stages import Stage
from dvox_core.rendering.frame import Extra, Frame
from viewer.panels.live import LivePanel
from viewer.panels.panel import PanelContext, Section
from viewer.panels.pipeline.enlarged import EnlargedSection
from viewer.panels.pipeline.epipolar import epipolar_lines
from viewer.panels.pipeline.replay_control import ReplayControl
from viewer.panels.pipeline.replay_section import ReplaySection
from viewer.panels.pipeline.sheet import PipelineSheet
from viewer.panels.pipeline.sources import nearest_source, observable
from viewer.panels.pipeline.tiles import live_picture, marks_of, pixel_at, tiles_of
from viewer.state.selection import Voxel
from viewer.text.units import significant
from viewer.widgets.inputs import Dropdown, labelled
from viewer.workers.comparison.ground_truth import TrueView
from viewer.workers.pipeline.replay_runner import source_view
from viewer.workers.pipeline.stage_worker import StageWorker

SIZE = QSize(1000, 410)
SIDE_PX, LARGEST_SIDE_PX = 344, 620
"""Width of the column beside the sheet; the larger where it has an enlarged stage."""

ENLARGED_SHARE = 0.36
"""Of the panel's width, for the column with an enlarged stage."""

SOURCE_PX, REMARK_PX = 190, 720
"""Width of the list of sources, and of the sheet from which on there is room for a remark."""

WIDE_PX = 820
"""From here on the column stands beside the sheet, and not below it."""

REST_MS = 140
"""The camera rests when it has not moved for so long."""

NEAREST = "nearest"


class PipelinePanel(LivePanel):
    """The sheet, the enlarged stage, and the replay; nothing of it works out of view."""

    name = "pipeline"
    extras = Extra.VISIBILITY | Extra.COLLAPSED

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context)
        self.answer: PipelineAnswer | None = None
        self._change_text = ""
        self.worker = StageWorker(self)
        self.sheet = PipelineSheet(context.themes)
        self.enlarged = EnlargedSection(context.themes)
        self.replay = ReplaySection(context.themes)
        self.source = Dropdown(
            [("Nearest to this view", NEAREST)],
            "Source view",
            "The picture whose way into the grid is shown",
        )
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(lambda: self.worker.set_moving(False))
        self._build()
        self.control = ReplayControl(context, self.replay, self)
        self._connect(context)

    def _build(self) -> None:
        self.head = Section("From a picture to a novel view")
        self.source.setFixedWidth(SOURCE_PX)
        self.head.set_corner(labelled("Source", self.source, width=0))
        self._side = QWidget()
        side = QVBoxLayout(self._side)
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(0)
        side.addWidget(self.enlarged)
        side.addWidget(self.replay)
        side.addStretch(1)
        main = QWidget()
        column = QVBoxLayout(main)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(self.sheet)
        column.addStretch(1)
        self._body = QWidget()
        self._flow = QBoxLayout(QBoxLayout.Direction.LeftToRight, self._body)
        self._flow.setContentsMargins(0, 0, 0, 0)
        self._flow.setSpacing(0)
        self._flow.addWidget(main, 1)
        self._flow.addWidget(self._side)
        self._body.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self._column.insertWidget(0, self._body)

    def _connect(self, context: PanelContext) -> None:
        self.worker.answered.connect(self._on_answered)
        self.worker.failed.connect(context.show_error)
        self.sheet.stage_chosen.connect(self._on_stage_chosen)
        self.enlarged.closed.connect(lambda: self._enlarge(None))
        self.enlarged.look_changed.connect(self.refresh_soon)
        self.enlarged.place_chosen.connect(self._choose_place)
        self.enlarged.map.hovered.connect(self._hover_place)
        self.enlarged.profile.changed.connect(lambda: self._show_again(None))
        self.source.chosen.connect(self.refresh_soon)
        self.control.changed.connect(self.refresh_soon)
        state, truth = context.state, context.comparison.truth
        state.camera_changed.connect(self._on_camera_changed)
        state.scene_changed.connect(self._on_scene_changed)
        state.scene_refreshed.connect(self.refresh_soon)
        truth.changed.connect(self._on_capture_changed)
        context.edits.interventions_changed.connect(self.refresh_soon)
        selection = context.selection
        for changed in (
            selection.voxel_changed,
            selection.pins_changed,
            selection.hovered_changed,
        ):
            changed.connect(self._show_again)
        context.themes.theme_changed.connect(self._show_again)

    def sizeHint(self) -> QSize:
        """Two rows of tiles, with the column beside them."""
        return SIZE

    def set_live(self, live: bool) -> None:
        """Find out about the stages while in view; out of view nothing runs."""
        super().set_live(live)
        self.context.selection.set_watched(self.name, live)
        if live:
            self.context.comparison.truth.set_scene(self.context.state.scene)
            self._on_capture_changed()
        else:
            self._rest.stop()
            self.worker.stop()
            self.control.stop()

    def refresh(self) -> None:
        """Ask what is shown; the picture is there at once."""
        scene, frame = self.context.state.scene, self.context.state.frame
        self.show_content(scene is not None)
        if scene is None:
            return
        if frame is not None and self.answer is not None:
            tile = self.sheet.tiles.get(Stage.PICTURE)
            if tile is not None:
                self.sheet.show_tile(Stage.PICTURE, live_picture(tile, frame))
        self.source.setEnabled(self.control.source is None)  # a replay has its own
        question = self._question(scene, frame)
        if question is not None:
            if self.answer is None:
                self.head.set_remark("Loading the networks")
            self.worker.ask(question)

    # What is asked

    def _question(self, scene: Scene, frame: Frame | None) -> StageQuestion | None:
        camera = self.context.state.camera
        if camera is None:
            return None
        before, source = self.control.before, self.control.source or self._source(scene)
        stage = self.enlarged.stage
        enlarged = None
        if stage is not None:
            side = max(min(self.enlarged.map.width(), 640), 64)
            enlarged = (stage, self.enlarged.look, round(side * self.devicePixelRatioF()))
        carried = frame is not None and frame.collapsed is not None
        return StageQuestion(
            scene=scene,
            interventions=self.context.edits.interventions,
            frame=frame if carried or not isinstance(scene.config, ModelConfig) else None,
            source=None if source is None else source_view(source),
            before=before,
            camera=camera,
            side=round(self.sheet.plan.side * self.devicePixelRatioF()),
            enlarged=enlarged,
        )

    def _source(self, scene: Scene) -> TrueView | None:
        chosen = self.source.value
        if isinstance(chosen, TrueView):
            return chosen
        camera = self.context.state.camera
        views = observable(self.context.comparison.truth.views)
        return None if camera is None else nearest_source(camera, views)

    def _on_camera_changed(self, _: object) -> None:
        if self.live:
            self.worker.set_moving(True)
            self._rest.start()

    def _on_scene_changed(self, scene: Scene | None) -> None:
        self.answer, self._change_text = None, ""
        self.worker.forget()
        self.sheet.show_tiles({}, None)
        self._enlarge(None)
        self.head.set_remark("")
        if self.live:
            self.context.comparison.truth.set_scene(scene)

    def _on_capture_changed(self) -> None:
        if not self.live:
            return
        views = observable(self.context.comparison.truth.views)
        self.source.set_entries(
            [("Nearest to this view", NEAREST), *((view.name, view) for view in views)]
        )
        self.control.show_capture()
        self.refresh_soon()

    # What is shown

    def _on_answered(self, answer: PipelineAnswer) -> None:
        if answer.question.scene is not self.context.state.scene or not self.live:
            return
        self.answer = answer
        after = answer.stages[Stage.AFTER]
        self.replay.show_problem("" if after.picture is not None else after.note)
        change = answer.change
        self._change_text = ""
        if change is not None:
            self._change_text = f"this picture changes the grid by {significant(change)}"
        self._show_change()
        self._show_answer(answer)

    def _show_change(self) -> None:
        """Say what the observation changes, where there is room for it."""
        has_room = self.sheet.width() >= REMARK_PX
        self.head.set_remark(self._change_text if has_room else "")

    def _show_answer(self, answer: PipelineAnswer) -> None:
        theme, selection = self.context.themes.theme, self.context.selection
        tiles = tiles_of(answer, selection, theme)
        frame = self.context.state.frame
        if frame is not None and tiles[Stage.PICTURE].image is not None:
            tiles[Stage.PICTURE] = live_picture(tiles[Stage.PICTURE], frame)
        self.sheet.show_tiles(tiles, self.enlarged.stage)
        large = answer.enlarged
        if large is None or answer.question.enlarged is None:
            return
        stage = answer.question.enlarged[0]
        if stage is not self.enlarged.stage:
            return
        self.enlarged.show_picture(large, theme)
        marks = marks_of(stage, large.places, answer.question.scene, selection, theme)
        self.enlarged.mark([(mark.place, mark.color) for mark in marks], theme)
        question, shape = answer.question, (large.rgba.shape[0], large.rgba.shape[1])
        rays = epipolar_lines(
            large.places, shape, question.scene, question.camera, selection.pins, theme
        )
        self.enlarged.show_profile(rays, theme)

    def _show_again(self, _: object) -> None:
        if self.live and self.answer is not None:
            self._show_answer(self.answer)

    # What the user does

    def _on_stage_chosen(self, stage: Stage) -> None:
        self._enlarge(None if stage is self.enlarged.stage else stage)

    def _enlarge(self, stage: Stage | None) -> None:
        scene = self.context.state.scene
        config = None
        if scene is not None and isinstance(scene.config, ModelConfig):
            config = scene.config
        self.enlarged.show_stage(stage, config)
        self.sheet.show_tiles(self.sheet.tiles, self.enlarged.stage)
        self._lay_out()
        self.refresh_soon()

    def _choose_place(self, across: float, down: float) -> None:
        answer = self.answer
        if answer is None or answer.enlarged is None or answer.enlarged.places is None:
            return
        found = answer.enlarged.places.voxel_at((across, down))
        self.context.selection.select_voxel(None if found is None else Voxel(*found))

    def _hover_place(self, entry: tuple[float, float] | None) -> None:
        scene, rgba, stage = self.context.state.scene, self.enlarged.map.rgba, self.enlarged.stage
        pixel = None
        if scene is not None and rgba is not None and stage is not None and entry is not None:
            height, width = rgba.shape[:2]
            place = ((entry[0] + 0.5) / width, (entry[1] + 0.5) / height)
            pixel = pixel_at(stage, place, scene)
        self.context.selection.hover(pixel)

    # Layout

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the column beside the sheet where there is room for both."""
        super().resizeEvent(event)
        self._lay_out()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes the enlarged stage."""
        if event.key() == Qt.Key.Key_Escape and self.enlarged.stage is not None:
            self._enlarge(None)
        else:
            super().keyPressEvent(event)

    def _lay_out(self) -> None:
        width, height = self.viewport().width(), self.viewport().height()
        wide = width >= WIDE_PX
        directions = QBoxLayout.Direction
        self._flow.setDirection(directions.LeftToRight if wide else directions.TopToBottom)
        side = SIDE_PX
        if self.enlarged.stage is not None:
            side = min(max(round(ENLARGED_SHARE * width), SIDE_PX), LARGEST_SIDE_PX)
        self._side.setMaximumWidth(side if wide else 16_777_215)
        self._side.setMinimumWidth(side if wide else 0)
        room = height - self.head.sizeHint().height()
        before = self.sheet.plan
        self.sheet.fit(width - side if wide else width, room if wide else 0)
        if self.answer is not None:
            self._show_change()
        if self.sheet.plan != before:
            self.refresh_soon()
