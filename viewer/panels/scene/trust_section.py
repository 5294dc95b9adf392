"""The section that tells how far the present view can be trusted."""

import math
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLabel, QPushButton

from dvox_core.model.scene import Scene
from dvox_core.rendering import colormaps
from dvox_core.rendering.frame import Frame
from dvox_core.rendering.pictures import EMPTY_COLOR, Legend
from dvox_core.rendering.trust_maps import TrustMaps, TrustTerm
from viewer.panels.panel import PanelContext, Section
from viewer.state.viewer_state import DisplayMode
from viewer.text.units import percent
from viewer.widgets.fact_table import Fact, FactTable
from viewer.widgets.inputs import Dropdown, labelled
from viewer.widgets.map_view import MapView
from viewer.widgets.progress_row import ProgressRow
from viewer.widgets.scale_bar import ScaleBar
from viewer.workers.background.latest_answer import LatestAnswer
from viewer.workers.background.operation import Operation, Progress
from viewer.workers.trust.trust_finder import CameraTrustAnswers, TrustAnswer, TrustQuestion

REST_MS = 250
"""The number is computed when the camera has not moved for so long."""

TIPS = {
    TrustTerm.TRUST: "1 − inside · (1 − certain^⅛ · seen · near · fits): "
    "mean over the rays that meet something",
    TrustTerm.INSIDE: "How much of the depth weights falls inside the voxel grid",
    TrustTerm.CERTAINTY: "How decided the network is about depth: 1 − entropy / greatest entropy",
    TrustTerm.SEEN: "In how many training views the voxels were seen; eight and more are 1",
    TrustTerm.NEARNESS: "1 up to 22.5° from a training view that saw the place, 0 from 45° on",
    TrustTerm.FIT: "How well the training pictures that show these voxels are reproduced",
}
LABELS = {
    TrustTerm.TRUST: "Trust",
    TrustTerm.INSIDE: "Inside the grid",
    TrustTerm.CERTAINTY: "Certain depth",
    TrustTerm.SEEN: "Seen in training",
    TrustTerm.NEARNESS: "Near such a view",
    TrustTerm.FIT: "Fits the pictures",
}
DISAGREEMENT = Legend("Disagreement", "of 1", colormaps.WEIGHTS, 0.0, 0.2, EMPTY_COLOR)


class TrustSection(Section):
    """One number for the present view, its terms, and the consistency probe."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__("Can I trust this view?")
        self._context, self._state, self._finder = context, context.state, context.trust
        self._live = False
        self.maps: TrustMaps | None = None
        self.look = QPushButton("Look through the training views")
        self.look.setToolTip(
            "Find out once which voxels each training view has seen, and how well its picture is "
            "reproduced; it is kept for this scene"
        )
        self.progress = ProgressRow("Give up looking through the training views")
        self.table = FactTable()
        self.term = Dropdown(
            [(LABELS[term], term) for term in TrustTerm],
            "Term of the trust map",
            "Show the trust map (5), or one of its terms alone, over the picture",
        )
        self.term_row = labelled("Map", self.term)
        self.probe = QPushButton("Probe consistency")
        self.probe.setToolTip(
            "Render the view from 2° to either side and carry it back by depth: where they "
            "disagree, the picture flickers in motion"
        )
        self.probing = ProgressRow("Give up the probe")
        self.verdict = QLabel()
        self.verdict.setWordWrap(True)
        self.map = MapView("Disagreement of the views to either side")
        self.scale = ScaleBar()
        for widget in (
            self.look,
            self.progress,
            self.table,
            self.term_row,
            self.probe,
            self.probing,
            self.verdict,
            self.map,
            self.scale,
        ):
            self.column.addWidget(widget)
        self._answers = CameraTrustAnswers()
        self._worker = LatestAnswer(self._answers.answer, "Telling the trust in the view", self)
        self._worker.answered.connect(self._on_answered)
        self._worker.failed.connect(context.show_error)
        self._probe: Operation | None = None
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._ask)
        self._connect()
        self._on_scene_changed(self._state.scene)

    def _connect(self) -> None:
        state, finder = self._state, self._finder
        self.look.clicked.connect(finder.begin)
        self.look.clicked.connect(self._show_progress)
        self.progress.cancelled.connect(finder.cancel)
        self.term.chosen.connect(self._on_term_chosen)
        self.probe.clicked.connect(self.start_probe)
        self.probing.cancelled.connect(self._cancel_probe)
        finder.progressed.connect(self.progress.show_progress)
        finder.ended.connect(self._show_progress)
        finder.changed.connect(self._on_support_changed)
        finder.failed.connect(self._context.show_error)
        state.trust_term_changed.connect(self.term.set_value)
        state.scene_changed.connect(self._on_scene_changed)
        state.camera_changed.connect(self._forget_probe)
        for changed in (state.camera_changed, state.frame_changed):
            changed.connect(self._ask_soon)

    def set_live(self, live: bool) -> None:
        """Tell the number while in view; give all back when not."""
        self._live = live
        if live:
            self._ask_soon()
        else:
            self.stop()

    def stop(self) -> None:
        """End what runs."""
        self._rest.stop()
        self._worker.stop()
        self._answers.forget()
        self._cancel_probe()

    # The number

    def _on_scene_changed(self, scene: Scene | None) -> None:
        can_tell = scene is not None and scene.config.has_grid and scene.config.knows_depth
        self.setVisible(can_tell and bool(scene and scene.cameras))
        self._worker.stop()
        self._answers.forget()
        self.maps = None
        self._forget_probe()
        self._show_progress()
        self._show_table()

    def _on_support_changed(self) -> None:
        self._show_progress()
        self._ask_soon()

    def _show_progress(self) -> None:
        busy = self._finder.is_busy
        self.look.setVisible(self._finder.support is None and not busy)
        if busy:
            self.progress.show_progress(0.0, "Looking through the training views")
        else:
            self.progress.hide()

    def _ask_soon(self, *_: object) -> None:
        if self._live and self._finder.support is not None:
            self._rest.start()

    def _ask(self) -> None:
        state, support = self._state, self._finder.support
        scene, camera, frame = state.scene, state.camera, state.frame
        if scene is None or camera is None or support is None:
            return
        if frame is not None and frame.trust is not None and frame.camera == camera:
            self._show_maps(frame.trust)
            return
        interventions = self._context.edits.interventions
        self._worker.ask(TrustQuestion(scene, support, [camera], interventions))

    def _on_answered(self, answer: TrustAnswer) -> None:
        if answer.question.scene is self._state.scene:
            self._show_maps(answer.maps[0])

    def _show_maps(self, maps: TrustMaps) -> None:
        self.maps = maps
        self._show_table()

    def _show_table(self) -> None:
        maps = self.maps
        self.table.setVisible(maps is not None)
        self.term_row.setVisible(self._finder.support is not None)
        if maps is None:
            self.set_remark("")
            return
        self.set_remark(_share(maps.mean(TrustTerm.TRUST)))
        self.table.set_facts(
            [Fact(LABELS[term], _share(maps.mean(term)), TIPS[term]) for term in maps.maps]
        )

    def _on_term_chosen(self, term: TrustTerm) -> None:
        self._state.set_trust_term(term)
        self._state.set_display_mode(DisplayMode.TRUST)

    # The probe

    def start_probe(self) -> None:
        """Compare the present view with its neighbours, in the background."""
        scene, frame, pivot = self._state.scene, self._state.frame, self._state.pivot
        if scene is None or frame is None or pivot is None or self._probe is not None:
            return
        create_renderer = self._context.create_renderer

        def probe(progress: Progress) -> Any:
            from dvox_core.inspection.trust.consistency import probe_consistency
            from dvox_core.rendering.renderer import Intervening

            def between_stages() -> None:
                progress(0.5, "Rendering from either side")

            progress(0.1, "Preparing a renderer")
            renderer = create_renderer(scene, "auto", "auto")
            try:
                if isinstance(renderer, Intervening):
                    renderer.intervene(frame.interventions)
                return probe_consistency(scene, renderer, frame, pivot, between_stages)
            finally:
                renderer.close()

        self.probe.setEnabled(False)
        self._probe = Operation(probe, "Probing the consistency")
        self._probe.progressed.connect(self.probing.show_progress)
        self._probe.succeeded.connect(lambda found: self._show_consistency(frame, found))
        self._probe.failed.connect(self._context.show_error)
        self._probe.finished.connect(self._on_probe_finished)
        self._probe.start()

    def _show_consistency(self, frame: Frame, found: Any) -> None:
        if frame.camera != self._state.camera:
            return
        text = "Nothing is met in this view."
        if math.isfinite(found.mean):
            text = f"2° to either side disagree by {percent(found.mean, 1)} of the range of colours"
        self.verdict.setText(text)
        self.map.show_values(found.disagreement, DISAGREEMENT)
        self.scale.show_legend(DISAGREEMENT, self._context.themes.theme)
        for widget in (self.verdict, self.map, self.scale):
            widget.show()

    def _forget_probe(self, *_: object) -> None:
        for widget in (self.verdict, self.map, self.scale):
            widget.hide()

    def _cancel_probe(self) -> None:
        probe, self._probe = self._probe, None
        if probe is not None:
            probe.cancel()
            probe.stop()
        self.probing.hide()
        self.probe.setEnabled(True)

    def _on_probe_finished(self, probe: Operation) -> None:
        if probe is self._probe:
            self._probe = None
            self.probing.hide()
            self.probe.setEnabled(True)


def _share(value: float) -> str:
    return f"{value:.2f}" if math.isfinite(value) else "nothing is met"
