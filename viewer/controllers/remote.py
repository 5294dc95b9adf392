"""Opens scenes and runs on other machines, and says how the connections stand."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject

from dvox_core.errors import UserError
from dvox_core.remote.address import parse_address
from dvox_core.remote.bookmarks import Bookmark
from dvox_core.remote.link import LinkState
from dvox_core.remote.run_mirror import is_mirror
from viewer.controllers.context import ControllerContext
from viewer.dialogs.remote import RemoteDialog
from viewer.text.remote import lost_text
from viewer.workers.remote.remote_links import RemoteLinks
from viewer.workers.runs.run_link import RunLink


class RemoteController(QObject):
    """Between the links, which know the other machines, and the window's files and runs.

    Args:
        open_file: opens a scene by its path, a bookmark's too.
        watch_run: watches a training run by its folder.
    """

    def __init__(
        self,
        context: ControllerContext,
        links: RemoteLinks,
        run_link: RunLink,
        open_file: Callable[[Path], object],
        watch_run: Callable[[Path], object],
    ) -> None:
        super().__init__(context.parent)
        self._parent, self._settings = context.parent, context.settings
        self._notifications = context.notifications
        self._links, self._run_link = links, run_link
        self._open_file, self._watch_run = open_file, watch_run
        self._lost: set[str] = set()
        links.state_changed.connect(self._on_state)
        links.run_troubled.connect(self._on_run_trouble)
        run_link.state.run_changed.connect(links.follow_run)
        context.session.opened.connect(lambda scene: self._watch_run_of(scene.path))
        context.session.open_failed.connect(lambda path, _: self._watch_run_of(path))

    def ask(self) -> RemoteDialog:
        """Let the user name a host and a path there."""
        dialog = RemoteDialog(self._parent, self._settings.remote_hosts)
        dialog.chosen.connect(self.open)
        dialog.open()
        return dialog

    def open(self, text: str, remote_python: str = "") -> None:
        """Open ssh://[user@]host[:port]/path; the host is remembered."""
        try:
            address = parse_address(text)
            path = Bookmark(address, remote_python).write()
        except UserError as error:
            self._notifications.show_error(str(error))
            return
        self._settings.remember_host(address.host_text, remote_python)
        self._open_file(path)

    def stop(self) -> None:
        """End every connection."""
        self._links.stop()

    def _watch_run_of(self, path: Path | None) -> None:
        """A run's scene was opened by its address, or it has none yet: watch the run too."""
        if path is not None and is_mirror(path.parent) and path.parent != self._run_link.state.path:
            self._watch_run(path.parent)

    def _on_state(self, state: LinkState) -> None:
        topic = f"remote {state.host}"
        if state.is_connected:
            if state.host in self._lost:
                self._lost.remove(state.host)
                self._notifications.show_info(f"{state.host}: connected again", topic=topic)
        elif state.next_try_s is not None:
            self._lost.add(state.host)
            wait = lost_text(state).partition(", ")[2]
            self._notifications.show_error(f"{state.line}; {wait}", topic=topic)

    def _on_run_trouble(self, line: str) -> None:
        if line:
            self._notifications.show_error(line, topic="remote run")
