"""The sub-commands of the window: name → module:class, imported only when it is called."""

from collections.abc import Mapping

WINDOW_COMMANDS: Mapping[str, str] = {
    "view": "viewer.app.command:ViewCommand",
    "bench-view": "viewer.bench.command:BenchViewCommand",
    "completion": "viewer.app.completion:CompletionCommand",
}
