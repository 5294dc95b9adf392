"""The systems that a table compares: adding one is an entry here."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass

from dvox_core.errors import UserError


@dataclass(frozen=True)
class System:
    """A way to novel views.

    Attributes:
        name: on the command line and in files.
        title: for people.
        citation: where it comes from.
        recipe: that trains it; "" where nothing is trained, None for the preset's own.
    """

    name: str
    title: str
    citation: str
    recipe: str | None


NEAREST = "nearest"
"""The system that needs no training."""

SYSTEMS: Mapping[str, System] = {
    system.name: system
    for system in (
        System(NEAREST, "Nearest view", "DeepVoxels, section 4", ""),
        System("tatarchenko", "Tatarchenko et al.", "ECCV 2016", "tatarchenko"),
        System("worrall", "Worrall et al.", "ICCV 2017", "worrall"),
        System("pix2pix", "Pix2Pix", "Isola et al., CVPR 2017", "pix2pix"),
        System("pix2pix-isola", "Pix2Pix (own loss)", "Isola et al., CVPR 2017", "isola"),
        System("deepvoxels", "DeepVoxels", "Sitzmann et al., CVPR 2019", None),
        System("deepvoxels-paper", "DeepVoxels (paper)", "Sitzmann et al., CVPR 2019", "paper"),
    )
}
"""In the order of the paper's Table 1, each followed by its variants."""


def find_system(name: str) -> System:
    """The system of that name.

    Raises:
        UserError: there is none; the nearest name is offered.
    """
    if name in SYSTEMS:
        return SYSTEMS[name]
    near = difflib.get_close_matches(name, SYSTEMS, 1)
    offer = f"did you mean {near[0]}?" if near else f"choose among {', '.join(SYSTEMS)}"
    raise UserError(f"“{name}” is no system; {offer}")
