"""What the scene panel says of a scene and of a camera."""

import dataclasses

import numpy as np

from tests.helpers.fakes import fake_scene
from viewer.panels.scene.facts import camera_facts, file_facts, scene_facts, training_facts


def values(facts):
    return {fact.label: fact.value for fact in facts}


def test_scene_facts_are_right_and_have_units():
    facts = values(scene_facts(fake_scene()))
    assert facts["Picture"] == "128 × 128 px"
    assert facts["Grid"] == "16³ voxels × 8 features"
    assert facts["Grid side"] == "2.000 units"
    assert facts["Voxel"] == "0.125 units"
    # 32 planes from 2, each a voxel of 0.125 further: the last at 2 + 31 · 0.125.
    assert facts["Depth planes"] == "32, from 2.000 to 5.875 units"
    assert facts["Visibility"] == "Occlusion network"
    # Stored for 256 × 256; all figures are of the picture that stands above.
    assert facts["Focal length"] == "128.0 px, 53.1°"
    assert facts["Principal point"] == "64.0, 64.0 px"
    tips = {fact.label: fact.tip for fact in scene_facts(fake_scene())}
    assert tips["Principal point"] == (
        "In pixels of the 128 × 128 picture; the capture's are 256 × 256"
    )


def test_depth_collapse_is_named():
    assert values(scene_facts(fake_scene(occlusion=False)))["Visibility"] == "Depth collapse"


def test_file_facts_say_when_the_file_is_gone(tmp_path):
    path = tmp_path / "a.dvox"
    path.write_bytes(b"x" * 2_500_000)
    scene = fake_scene(path=path)
    assert values(file_facts(scene))["On disk"] == "2.5 MB"
    path.unlink()
    assert values(file_facts(scene))["On disk"] == "the file is gone"


def test_the_nearest_view_has_its_angle_and_distance():
    scene = fake_scene(views=4)
    view = scene.cameras[2]
    turn = np.eye(4)
    angle = np.radians(3)
    turn[:3, :3] = [
        [np.cos(angle), 0, np.sin(angle)],
        [0, 1, 0],
        [-np.sin(angle), 0, np.cos(angle)],
    ]
    matrix = view.camera.camera_to_world @ turn
    matrix[0, 3] += 0.5
    camera = type(view.camera)(matrix)
    facts = values(camera_facts(scene, camera, scene.pivot))
    assert facts["Nearest view"] == "000002, test"
    assert facts["Turned from it"] == "3.0°"
    assert facts["Moved from it"] == "0.500 units"


def test_training_facts_are_written_plainly_and_with_units():
    training = {
        "step": 12400,
        "seconds": 2881.2,
        "psnr": 22.2749,
        "validation_psnr": 24.065,
        "loss": 0.017219,
        "resumed": True,
        "seeds": [1, 2],
    }
    scene = dataclasses.replace(fake_scene(), training=training)
    assert values(training_facts(scene)) == {
        "Step": "12\u2009400",
        "Time": "48 min",
        "PSNR": "22.27 dB",
        "Validation PSNR": "24.07 dB",
        "Loss": "0.01722",
        "Resumed": "yes",
        "Seeds": "1, 2",
    }
