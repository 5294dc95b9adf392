"""`scene`: from photos, a video or a capture to a scene, in one command."""

import json
import shlex
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import tyro

from dvox_core.atomic_files import write_text
from dvox_core.cli.arguments import Flag
from dvox_core.cli.reports import complain, facts_text
from dvox_core.errors import CaptureError, UserError
from dvox_core.program import program_name
from dvox_core.training.run.stop_request import StopRequest, stop_on_signals

if TYPE_CHECKING:
    from dvox_core.data.source import Progress, Source
    from dvox_core.data.survey import Survey
    from dvox_core.evaluation.held_out_scores import HeldOutScores
    from dvox_core.training.run.run_directory import RunDirectory


@dataclass(frozen=True)
class MakeScene:
    """Make a scene of photos, a video or a capture: cameras, training, scene and scores in one go.

    What is found on the way lies in a folder beside the scene (NAME.work). After Ctrl+C, or
    whatever else ended it, the same command goes on; with more --minutes, it trains longer.

    Example: python main.py scene photos --out vase.dvox --minutes 20
    """

    source: tyro.conf.Positional[Path]
    """A folder of photos, a video, a transforms.json, a COLMAP model, or a capture."""

    out: Path
    """The scene to write; its name ends in .dvox."""

    minutes: float = 20.0
    """Minutes to train, in all; finding cameras and the object comes on top."""

    preset: Literal["tiny", "small", "medium", "paper"] = "small"
    """Sizes to train: small renders 128 pixels, medium 256."""

    mask: Literal["auto", "always", "never"] = "auto"
    """Whether the object is cut out of its surroundings; auto does so where the background differs
    between pictures. Look at the masks, in NAME.work/object/masks, before a long training."""

    background: str = "white"
    """Colour behind transparent and masked pixels: a name, or #rrggbb."""

    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    """Where to compute."""

    force: Flag = False
    """Begin anew, and replace what this command made before."""

    @property
    def work(self) -> Path:
        """The folder of what lies between pictures and scene."""
        return self.out.with_suffix(".work")

    def run(self) -> int:
        """Do all of it; what was done before is taken."""
        self._check()
        stop = StopRequest()
        with stop_on_signals(stop):
            capture = self._masked(self._capture())
            directory = self._train(capture, stop)
            if stop.is_set:
                complain("saved; the same command goes on from here")
                return 130
            self._finish(capture, directory)
        return 0

    def _check(self) -> None:
        from dvox_core.checkpoints.scene_file import SUFFIX

        if self.out.suffix.lower() != SUFFIX:
            raise UserError(f"{self.out}: end the name in {SUFFIX}")
        if not self.minutes > 0:
            raise UserError(f"--minutes {self.minutes:g}: choose a time above 0")
        if self.out.exists() and not self.force and not self.work.is_dir():
            raise UserError(
                f"{self.out}: exists already, and not from this command; choose another --out, or "
                "replace it with --force"
            )
        if self.force:
            self._clear()

    def _clear(self) -> None:
        from dvox_core.training.run.run_directory import RunDirectory

        run = RunDirectory(self.work / "run")
        if run.exists:
            run.require_own()
        if run.is_running():
            raise UserError(f"{run.path}: another process trains this run; stop it first")
        for name in ("object", "capture", "masked", "run"):
            shutil.rmtree(self.work / name, ignore_errors=True)

    def _capture(self) -> Path:
        """The source as a capture to train on, imported where it is none."""
        from dvox_core.cli.import_capture import import_bar
        from dvox_core.data.background_check import background_differs
        from dvox_core.data.deepvoxels_layout import DeepVoxelsLayout
        from dvox_core.data.formats import recognise
        from dvox_core.data.importing import ImportOptions, plan_import, write_capture
        from dvox_core.data.survey import survey_source
        from dvox_core.radiance_field.box_check import with_box_doubt
        from dvox_core.training.presets import find_preset

        if isinstance(recognise(self.source), DeepVoxelsLayout):
            return self.source
        capture = self.work / "capture"
        if capture.is_dir():
            complain(f"Pictures   {capture}, imported before")
            return capture
        options = ImportOptions(
            size=find_preset(self.preset).model.image_size, background=self.background
        )
        with tempfile.TemporaryDirectory() as workspace, import_bar() as show:
            found = recognise(self.source).read(self.source, Path(workspace), show)
            survey = survey_source(found, show)
            if self.mask == "always" or (self.mask == "auto" and background_differs(survey)):
                folder = self._object(found, survey, show)
                if folder is not None:  # what is beside the object goes: squares lose nothing
                    options = replace(options, crop="box", object=folder)
            plan = plan_import(self.source, found, survey, options)
            if self.mask == "never":  # else the object was looked for already
                plan = with_box_doubt(self.source, found, survey, plan, show)
            report = write_capture(plan, capture, show)
        for line in report.messages:
            complain(line)
        return capture

    def _object(self, source: "Source", survey: "Survey", show: "Progress") -> Path | None:
        """The folder of the object's masks and places, found now or before; None: no object."""
        from dvox_core.radiance_field.source_masks import find_source_object

        folder = self.work / "object"
        if folder.is_dir():
            complain(f"Masks      {folder / 'masks'}, made before")
            return folder
        try:
            complain(find_source_object(self.source, source, survey, folder, show).line)
        except CaptureError as error:
            self._go_on_without(error)
            return None
        return folder

    def _go_on_without(self, error: CaptureError) -> None:
        """Keep the surroundings where no object was found, unless masks were asked for."""
        if self.mask == "always":
            raise error
        complain(f"no object was cut out: {error}")

    def _masked(self, capture: Path) -> Path:
        """The capture with the object cut out, where that is wanted and not done in importing."""
        from dvox_core.cli.import_capture import import_bar
        from dvox_core.data.background_check import BACKGROUND_DIFFERS
        from dvox_core.data.loading import load_capture
        from dvox_core.radiance_field.checks import border_color
        from dvox_core.radiance_field.object_masks import mask_capture
        from dvox_core.radiance_field.views import load_field_views

        masked = self.work / "masked"
        if masked.is_dir():
            return masked
        run_has_begun = (self.work / "run" / "config.json").is_file()
        if run_has_begun or (self.work / "object").is_dir():
            return capture
        views = load_field_views(load_capture(capture, test_every=0), 64)
        is_plain = border_color(views).is_plain
        if self.mask == "never" and not is_plain:
            complain(
                f"{BACKGROUND_DIFFERS} With --force --mask always the object is cut out first."
            )
        if self.mask == "never" or (self.mask == "auto" and is_plain):
            return capture
        try:
            with import_bar() as show:
                report = mask_capture(capture, masked, show, background=self.background)
        except CaptureError as error:
            self._go_on_without(error)
            return capture
        complain(report.line)
        if report.warning:
            complain(f"warning: {report.warning}")
        return masked

    def _train(self, capture: Path, stop: StopRequest) -> "RunDirectory":
        from dvox_core.cli.train import Train
        from dvox_core.cli.training_progress import TrainingProgress
        from dvox_core.data.loading import load_capture
        from dvox_core.training.run.launch import begin_run, train_run
        from dvox_core.training.run.run_directory import RunDirectory

        directory = RunDirectory(self.work / "run")
        resume = directory.exists
        command = Train(
            capture=capture,
            out=directory.path,
            preset=None if resume else self.preset,
            minutes=self.minutes,
            device=self.device,
            resume=resume,
        )
        loaded = load_capture(capture)
        config = command.configuration(directory)
        if directory.is_running():
            raise UserError(f"{directory.path}: another process trains this run; stop it first")
        if resume:
            directory.write_config(config.to_json())
        else:
            begin_run(directory, config)
        with TrainingProgress(config.options) as progress:
            train_run(directory, loaded, progress.show, stop)
        return directory

    def _finish(self, capture_path: Path, directory: "RunDirectory") -> None:
        """Write the scene, score it, and report."""
        from dvox_core.checkpoints.opening import open_scene
        from dvox_core.checkpoints.scene_file import write_scene
        from dvox_core.data.loading import load_capture
        from dvox_core.data.placement import up_direction
        from dvox_core.evaluation.held_out_scores import score_scene
        from dvox_core.evaluation.verdict import verdict
        from dvox_core.geometry.directions_seen import directions_seen
        from dvox_core.rendering.create import create_renderer

        scene = open_scene(directory.scene_path)
        write_scene(self.out, scene, half=True, rendering_only=True)
        capture = load_capture(capture_path)
        cameras = [view.camera for view in capture.split("train")]
        seen = directions_seen(cameras, scene.pivot, up_direction(cameras)).words
        scores: HeldOutScores | None = None
        if capture.split("test"):
            renderer = create_renderer(scene, self.device, "float32")
            try:
                scores = score_scene(
                    renderer, scene.config.image_size, capture, "test", self.work / "scores"
                )
            finally:
                renderer.close()
        minutes = directory.read_status_file().elapsed_seconds / 60
        size = self.out.stat().st_size / 2**20
        facts = [
            ("Wrote", f"{self.out} ({size:.1f} MiB, half precision)"),
            ("Pictures", f"{len(capture.views)}, {seen}"),
            ("Trained", f"{minutes:.1f} min"),
        ]
        if scores is not None:
            nearest = scores.nearest.psnr if scores.nearest else None
            facts += [
                ("Verdict", verdict(scores.mean.psnr, nearest, seen)),
                ("Scores", f"{scores.mean.psnr:.2f} dB, SSIM {scores.mean.ssim:.3f} on test views"),
                ("See", f"{self.work / 'scores'}: truth, scene, nearest photo"),
            ]
        else:
            facts.append(("Verdict", "unknown, as there are no test views"))
        again = ["scene", str(self.source), "--out", str(self.out)]
        again += ["--minutes", f"{2 * self.minutes:g}"]
        again += [] if self.device == "auto" else ["--device", self.device]
        facts.append(("Look at it", f"{program_name()} {shlex.join(['view', str(self.out)])}"))
        facts.append(("Train longer", f"{program_name()} {shlex.join(again)}"))
        text = facts_text(facts)
        report = dict(facts) | ({"scores": scores.to_json()} if scores else {})
        with suppress(UserError):
            write_text(self.work / "report.json", json.dumps(report, indent=1) + "\n")
            write_text(self.work / "report.txt", text + "\n")
        print(text)
