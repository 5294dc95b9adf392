"""`mask`: the object of a capture, cut out of its surroundings by geometry."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import tyro

from dvox_core.cli.arguments import Flag, OptionalPath
from dvox_core.cli.reports import complain, print_facts
from dvox_core.errors import UserError

if TYPE_CHECKING:
    from dvox_core.radiance_field.object_masks import MaskReport, Progress


@dataclass(frozen=True)
class Mask:
    """Cut the object out of pictures before a background, by their geometry.

    A coarse radiance field with surroundings is fitted to the pictures: what stands out in it,
    before floor and walls, is the object. Of photos with cameras, masks are written that import
    takes; a capture is written anew with all but the object in its box replaced by one colour, and
    its masks/ may be mended with a paint program and used by --apply.

    Example: python main.py mask photos --out object; python main.py import photos --object object
    --crop box --out capture

    Of a capture: python main.py mask capture --out masked; python main.py mask masked --apply
    """

    capture: tyro.conf.Positional[Path]
    """Pictures with cameras, or photos, or a video, as for import; or a capture's folder, as import
    writes it."""

    out: OptionalPath = None
    """Folder of the masks, or of the masked capture; it must not exist yet, or be empty."""

    background: str = "white"
    """Colour around the object: a name, or #rrggbb."""

    threshold: float = 0.5
    """Share of a pixel, 0 to 1, that the object covers at least; lower keeps more."""

    fit_to: OptionalPath = None
    """A capture of the same pictures to fit to, which shows more of them: one that was imported
    with --crop fit."""

    by: Literal["geometry", "rembg"] = "geometry"
    """How masks are found: by the pictures' geometry, or picture by picture by the program rembg,
    which downloads its model u2net, 176 MB, when it is first used."""

    object: Flag = False
    """Write masks and places for import of a capture too, instead of another capture."""

    apply: Flag = False
    """Find no masks; use those in the capture's masks/ and change its pictures."""

    def run(self) -> int:
        """Mask, and report."""
        from dvox_core.cli.import_capture import ended_by_signals, import_bar
        from dvox_core.radiance_field.object_masks import apply_masks

        if not 0 < self.threshold < 1:
            raise UserError(f"--threshold {self.threshold:g}: choose a share between 0 and 1")
        if self.apply == (self.out is not None):
            raise UserError("name a new folder with --out, or say --apply, one of the two")
        with ended_by_signals(), import_bar() as show:
            if self.out is None:
                report = apply_masks(self.capture, self.background, show)
            else:
                report = self._mask(self.out, show)
        if report.warning:
            complain(f"warning: {report.warning}")
        print_facts([("Wrote", str(self.out or self.capture)), ("Masks", report.line)])
        return 0

    def _mask(self, out: Path, show: "Progress") -> "MaskReport":
        from dvox_core.data.deepvoxels_layout import DeepVoxelsLayout
        from dvox_core.data.formats import recognise
        from dvox_core.data.survey import survey_source
        from dvox_core.radiance_field.object_masks import mask_capture
        from dvox_core.radiance_field.rembg_masks import mask_by_rembg
        from dvox_core.radiance_field.source_masks import find_source_object

        if self.by == "rembg":
            complain("rembg downloads its model, 176 MB, if this is its first use")
            return mask_by_rembg(self.capture, out, show, self.background)
        known = recognise(self.capture)
        if self.object or not isinstance(known, DeepVoxelsLayout):
            with tempfile.TemporaryDirectory() as workspace:
                source = known.read(self.capture, Path(workspace), show)
                survey = survey_source(source, show)
                return find_source_object(
                    self.capture, source, survey, out, show, threshold=self.threshold
                )
        return mask_capture(
            self.capture,
            out,
            show,
            background=self.background,
            threshold=self.threshold,
            fit_to=self.fit_to,
        )
