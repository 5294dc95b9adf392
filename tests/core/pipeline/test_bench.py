"""The bench: every stage has its picture or a line that says why not."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from dvox_core.model.loading import load_parts
from dvox_core.pipeline.bench import StageBench
from dvox_core.pipeline.observing import load_observer, network_picture
from dvox_core.pipeline.questions import SourceView, StageQuestion
from dvox_core.pipeline.stage_looks import Channel, StageLook, Way
from dvox_core.pipeline.stages import Kind, Stage
from dvox_core.rendering.frame import Extra
from dvox_core.rendering.fused.convolutions import Target
from dvox_core.rendering.interventions import NO_INTERVENTIONS, Interventions
from dvox_core.rendering.observed_grid import observed_grid
from dvox_core.rendering.torch_renderer import TorchRenderer
from tests.core.pipeline.test_stages import without_parts
from tests.helpers.captures import cube_capture
from tests.helpers.picture_scenes import picture_scene
from tests.helpers.scenes import SMALL_COLLAPSE, random_scene

EXTRAS = Extra.VISIBILITY | Extra.COLLAPSED


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    view = cube_capture(tmp_path_factory.mktemp("capture"), train=2, test=1).views[0]
    return SourceView(view.name, view.camera, view.picture_path)


def question(scene, source, **changes):
    renderer = TorchRenderer(scene, Target(torch.device("cpu"), torch.float32))
    frame = renderer.render(scene.start_camera, EXTRAS)
    asked = StageQuestion(
        scene=scene,
        interventions=NO_INTERVENTIONS,
        frame=frame,
        source=source,
        before=None,
        camera=scene.start_camera,
        side=48,
    )
    return replace(asked, **changes)


def test_every_stage_is_shown_with_its_shape_and_time(source):
    scene = random_scene()
    asked = question(scene, source)
    answer = StageBench(scene).answer(asked)
    grid = scene.voxel_config.grid_size
    for stage, found in answer.stages.items():
        assert found.note == ""
        assert found.picture is not None, stage
        assert found.picture.rgba.dtype == np.uint8
        assert found.picture.rgba[..., :3].std() > 1, stage  # there is something to see
    assert answer.stages[Stage.LIFTED].shape == (6, grid, grid, grid)
    assert answer.stages[Stage.FRUSTUM].shape == (6, 2 * grid, 64, 64)
    assert answer.stages[Stage.FEATURES].milliseconds > 0
    assert answer.stages[Stage.PICTURE].milliseconds == asked.frame.stages_ms["rendering"]
    model = load_parts(scene, "grid")
    from dvox_core.data.pictures import load_picture

    picture = network_picture(load_picture(source.picture_path, 128))
    observation = load_observer(scene).observe(model.grid, picture, source.camera)
    assert answer.change == pytest.approx(observation.change)


def test_the_grid_of_a_replay_is_what_observes(source):
    scene = random_scene()
    bench = StageBench(scene)
    empty = observed_grid(np.zeros((6, 12, 12, 12)), ())
    shown = observed_grid(np.ones((6, 12, 12, 12)), ("a",))
    asked = question(scene, source, before=empty, interventions=Interventions(grid=shown))
    answer = bench.answer(asked)
    assert not answer.stages[Stage.BEFORE].picture.rgba[..., 3].any()  # an empty cloud
    trained = bench.answer(replace(asked, before=None, interventions=NO_INTERVENTIONS))
    assert trained.stages[Stage.BEFORE].picture.rgba[..., 3].any()
    assert trained.change != answer.change


def test_what_a_scene_has_not_is_said_in_its_tile(source):
    bare = without_parts(random_scene(), "feature_extractor.", "integration.")
    stages = StageBench(bare).answer(question(bare, source)).stages
    for stage in (Stage.FEATURES, Stage.LIFTED, Stage.UPDATE, Stage.AFTER):
        assert stages[stage].picture is None
        assert "no feature extractor" in stages[stage].note
    assert stages[Stage.SOURCE].picture is not None
    assert stages[Stage.INPAINTED].picture is not None
    collapse = random_scene(SMALL_COLLAPSE)
    stages = StageBench(collapse).answer(question(collapse, source)).stages
    assert stages[Stage.VISIBILITY].note.startswith("Depth collapse")
    assert stages[Stage.COLLAPSED].picture is not None
    scene = random_scene()
    stages = StageBench(scene).answer(question(scene, None, frame=None)).stages
    assert stages[Stage.SOURCE].note.startswith("Choose a source view")
    assert stages[Stage.PICTURE].note == "Waiting for this view"
    assert stages[Stage.INPAINTED].picture is not None


def test_a_baseline_has_its_picture_alone(source):
    scene = picture_scene("pix2pix")[0]
    asked = StageQuestion(scene, NO_INTERVENTIONS, None, source, None, scene.start_camera, 48)
    stages = StageBench(scene).answer(asked).stages
    assert all(found.picture is None for found in stages.values())
    assert stages[Stage.LIFTED].note.startswith("Pix2Pix has no such stage")


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage.kind is not Kind.PICTURE])
def test_a_stage_is_enlarged_in_every_way(source, stage):
    scene = random_scene()
    bench, asked = StageBench(scene), question(scene, source)
    looks = [StageLook(Way.SLICE, axis, 5) for axis in range(3)]
    looks += [StageLook(Way.HIGHEST, axis) for axis in range(3)]
    looks += [StageLook(Way.CLOUD), StageLook(Way.SLICE, 2, 5, 3, "gray", (0.0, 0.5))]
    looks += [StageLook(Way.HIGHEST, 1, 0, Channel.NORM)]
    pictures = []
    for look in looks:
        answer = bench.answer(replace(asked, enlarged=(stage, look, 64)))
        assert answer.enlarged is not None
        assert answer.enlarged.places is not None or not stage.kind.has_features
        pictures.append(answer.enlarged)
    if stage.kind.is_of_grid or stage.kind.is_of_frustum:
        chosen = pictures[-2]
        assert chosen.legend is not None
        assert (chosen.legend.low, chosen.legend.high) == (0.0, 0.5)
        assert chosen.legend.colormap == "gray"
        assert chosen.values is not None
        assert chosen.values.shape == chosen.rgba.shape[:2]
