"""The renderers that scenes are shown by first."""

from dataclasses import replace
from pathlib import Path

from dvox_core.rendering import first_precision
from tests.helpers.fakes import fake_scene
from viewer.workers.rendering import default_renderer
from viewer.workers.rendering.default_renderer import FirstRenderers


def test_a_scene_that_comes_again_is_compared_as_nothing_faster_is_looked_for(monkeypatch):
    asked = []
    monkeypatch.setattr(
        default_renderer,
        "default_renderer",
        lambda scene, device, precision: asked.append(precision),
    )
    known = {"precision": "float32"}
    monkeypatch.setattr(first_precision, "first_precision", lambda *rest: known["precision"])
    create = FirstRenderers()
    run = replace(fake_scene(), path=Path("run/scene.dvox"))
    for scene in (run, run, replace(run, path=Path("other.dvox"))):
        create(scene, "auto", "auto")
    assert asked == ["float32", "auto", "float32"]
    known["precision"] = "bfloat16"
    create(run, "auto", "auto")
    assert asked[-1] == "bfloat16"
