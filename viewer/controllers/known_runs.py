"""Offers the known training runs on the welcome page, and mentions one that runs unseen."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject

from dvox_core.model.scene import Scene
from dvox_core.training.run.status import ACTIVE
from viewer.controllers.context import ControllerContext
from viewer.recent_files import RecentFiles
from viewer.welcome.run_cards import RunCards
from viewer.workers.runs.known_runs import KnownRuns, worth_offering
from viewer.workers.runs.run_follower import end_line
from viewer.workers.runs.run_link import RunLink
from viewer.workers.runs.run_log import RunSummary


class KnownRunsController(QObject):
    """Looks for the known runs while no scene is open."""

    def __init__(
        self,
        context: ControllerContext,
        link: RunLink,
        recent_files: RecentFiles,
        cards: RunCards,
        watch: Callable[[Path], object],
    ) -> None:
        """Show the runs on `cards`; `watch` opens one."""
        super().__init__(context.parent)
        self._state, self._notifications = context.state, context.notifications
        self._link, self._recent_files = link, recent_files
        self._cards, self._watch = cards, watch
        self._unseen_run: Path | None = None  # one in training that the user has not been told of
        self._has_mentioned = False
        self._alive: set[Path] = set()  # those in training when they were last looked at
        self._known = KnownRuns(recent_files, self)
        self._known.found.connect(self._on_found)
        cards.removal_requested.connect(self._forget_run)
        context.state.scene_changed.connect(self._on_scene)
        context.session.opened.connect(lambda _: self._mention_unseen_run())
        self._on_scene(context.state.scene)

    def look(self) -> None:
        """Look for the runs now."""
        self._known.look()

    def stop(self) -> None:
        """Look no more, and wait for the thread."""
        self._known.stop()

    def _on_scene(self, scene: Scene | None) -> None:
        # Beside a scene runs are looked at too, if less often: their end is announced.
        self._known.set_wanted(True, often=scene is None)

    def _on_found(self, runs: Sequence[RunSummary]) -> None:
        self._cards.show_runs(worth_offering(list(runs)))
        self._announce_ends(runs)
        alive = [run for run in runs if run.status.state in ACTIVE and run.started_here]
        self._unseen_run = alive[0].path if alive else None
        self._mention_unseen_run()

    def _announce_ends(self, runs: Sequence[RunSummary]) -> None:
        """Say of each run that nobody watches that its training has ended."""
        for run in runs:
            ended = run.path in self._alive and run.status.state not in ACTIVE
            if ended and run.path != self._link.state.path:
                self._notifications.show_info(
                    end_line(run.path.name, run.status),
                    action="Show it",
                    run=partial(self._watch, run.path),
                )
        self._alive = {run.path for run in runs if run.status.state in ACTIVE}

    def _mention_unseen_run(self) -> None:
        """Say once, where the welcome page is not seen, that a training goes on."""
        path, is_watching = self._unseen_run, self._link.state.path is not None
        if path is None or self._has_mentioned or is_watching or self._state.scene is None:
            return
        self._has_mentioned = True
        self._notifications.show_info(
            f"{path.name} is training in the background",
            action="Watch",
            run=lambda: self._watch(path),
        )

    def _forget_run(self, path: Path) -> None:
        self._recent_files.remove_run(path)
        self._known.look()
