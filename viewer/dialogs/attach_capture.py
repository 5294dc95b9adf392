"""Asks whether a capture whose poses are not the scene's is to serve as the scene's."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from dvox_core.data.ground_truth import PoseMatch
from viewer.dialogs.dialog import Dialog
from viewer.text.units import counted, degrees, number


class AttachCaptureDialog(Dialog):
    """Says what was compared, and what attaching does."""

    attached = Signal()

    def __init__(self, parent: QWidget, folder: str, scene: str, match: PoseMatch) -> None:
        super().__init__(parent, "These are other poses", width=480)
        self.add_text(match_text(folder, scene, match))
        self.add_text(
            "Attached, its cameras take the place of the scene's own: for the nearest view, the "
            "true pictures, the orbit sphere and the trust meter. The scene's file stays as it is."
        )
        self.add_text(
            "Do this only if the capture shows the same object in the same place; else its "
            "pictures and the network's show different things.",
            "muted",
        )
        self.cancel = self.add_button("Cancel", at_left=True)
        self.attach = self.add_button("Attach its cameras", primary=True)
        self.cancel.clicked.connect(self.reject)
        self.attach.clicked.connect(self.accept)
        self.attach.clicked.connect(self.attached)


def match_text(folder: str, scene: str, match: PoseMatch) -> str:
    """What was compared, in words."""
    near, own_near = match.distance_to_grid
    lens = "The lenses are alike." if match.same_lens else "The lenses differ too."
    return (
        f"None of the {counted(match.view_count, 'pose')} of {folder} is one of the "
        f"{match.scene_count} in {scene}. The two nearest are turned {degrees(match.degrees)} from "
        f"each other and lie {number(match.distance)} units apart. Its nearest camera is "
        f"{number(near)} units from the grid's middle, the scene's {number(own_near)}. {lens}"
    )
