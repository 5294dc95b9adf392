"""How mouse and keys steer the camera: the user's habits as values."""

import enum
import json
from dataclasses import asdict, dataclass

SPEEDS = (0.25, 4.0)
"""Least and greatest factor of speed."""


class MouseScheme(enum.Enum):
    """Which button does what."""

    DVOX = "dvox"
    BLENDER = "blender"
    NERFSTUDIO = "nerfstudio"

    @property
    def title(self) -> str:
        """As written in the preferences."""
        return {"dvox": "This program", "blender": "Blender", "nerfstudio": "nerfstudio"}[
            self.value
        ]

    @property
    def text(self) -> str:
        """What the buttons do, in a line."""
        return {
            "dvox": "left drag orbits, right or middle drag pans, Shift and left too",
            "blender": "middle drag orbits, with Shift pans, with Ctrl zooms; left drag orbits too",
            "nerfstudio": "left drag orbits, right drag pans, middle drag zooms",
        }[self.value]


@dataclass(frozen=True)
class NavigationOptions:
    """What can be chosen about steering.

    Attributes:
        scheme: which button does what.
        speed: factor of drags, wheel and keys.
        inverts_drag: whether a drag upwards turns the scene downwards.
        inverts_wheel: whether the wheel away from the user goes away.
        wheel_to_cursor: whether the wheel goes to what is under the mouse, else to the pivot.
    """

    scheme: MouseScheme = MouseScheme.DVOX
    speed: float = 1.0
    inverts_drag: bool = False
    inverts_wheel: bool = False
    wheel_to_cursor: bool = False

    def to_text(self) -> str:
        """As the settings keep it."""
        return json.dumps({**asdict(self), "scheme": self.scheme.value})

    @classmethod
    def from_text(cls, text: str) -> "NavigationOptions":
        """What `to_text` wrote; what cannot be read counts as not chosen."""
        try:
            content = json.loads(text)
            return cls(
                scheme=MouseScheme(content["scheme"]),
                speed=min(max(float(content["speed"]), SPEEDS[0]), SPEEDS[1]),
                inverts_drag=bool(content["inverts_drag"]),
                inverts_wheel=bool(content["inverts_wheel"]),
                wheel_to_cursor=bool(content["wheel_to_cursor"]),
            )
        except (ValueError, KeyError, TypeError):
            return cls()
