"""`completion`: the shell's Tab key for this program."""

from dataclasses import dataclass
from typing import Literal

import tyro

from dvox_core.cli.app import COMMANDS, completion_script
from viewer.app.commands import WINDOW_COMMANDS


@dataclass(frozen=True)
class CompletionCommand:
    """Print what a shell needs to complete this program's sub-commands and their arguments.

    bash: dvox completion bash > ~/.local/share/bash-completion/completions/dvox

    zsh: dvox completion zsh > _dvox, in a folder of $fpath

    fish: dvox completion fish > ~/.config/fish/completions/dvox.fish
    """

    shell: tyro.conf.Positional[Literal["bash", "zsh", "fish"]]
    """Which shell."""

    def run(self) -> int:
        """Print the script."""
        print(completion_script({**WINDOW_COMMANDS, **COMMANDS}, self.shell), end="")
        return 0
