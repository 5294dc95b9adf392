"""In which precision a scene is shown before anything is compared."""

from dataclasses import replace

import pytest

from dvox_core.checkpoints.opening import open_scene
from dvox_core.checkpoints.scene_file import write_scene
from dvox_core.rendering import faster_renderer, first_precision
from dvox_core.rendering.create import create_renderer
from dvox_core.rendering.faster_renderer import prepare_bfloat16
from dvox_core.rendering.first_precision import first_precision as first
from dvox_core.rendering.first_precision import keep_agreement
from dvox_core.rendering.renderer_timing import Candidate, Findings
from tests.helpers.scenes import random_scene

FLOAT32, BFLOAT16 = Candidate("torch", "float32"), Candidate("torch", "bfloat16")


@pytest.fixture(autouse=True)
def fast_bfloat16(tmp_path, monkeypatch):
    """A processor that computes bfloat16 fast, and a cache of its own."""
    monkeypatch.setenv("DVOX_CACHE", str(tmp_path / "cache"))
    for module in (first_precision, faster_renderer):
        monkeypatch.setattr(module, "bfloat16_is_fast", lambda device: True)


@pytest.fixture
def scene(tmp_path):
    write_scene(tmp_path / "a.dvox", random_scene())
    return open_scene(tmp_path / "a.dvox")


def test_float32_comes_first_until_bfloat16_is_known_to_agree_with_this_very_file(scene, tmp_path):
    assert first(scene, "cpu", "auto") == "float32"
    keep_agreement(scene, 59.0)
    assert first(scene, "cpu", "auto") == "bfloat16"
    assert first(open_scene(tmp_path / "a.dvox"), "cpu", "auto") == "bfloat16"
    keep_agreement(scene, 30.0)
    assert first(scene, "cpu", "auto") == "auto"  # compares again, and says why it is float32
    write_scene(tmp_path / "a.dvox", random_scene(seed=1))
    assert first(open_scene(tmp_path / "a.dvox"), "cpu", "auto") == "float32"


def test_what_was_asked_for_and_what_is_in_memory_stay_as_they_are(scene, monkeypatch):
    assert first(scene, "cpu", "bfloat16") == "bfloat16"
    assert first(random_scene(), "cpu", "auto") == "auto"
    monkeypatch.setattr(first_precision, "bfloat16_is_fast", lambda device: False)
    assert first(scene, "cpu", "auto") == "auto"


def test_bfloat16_follows_where_it_agrees_and_its_agreement_is_kept(scene, monkeypatch):
    facts = create_renderer(scene, "cpu", "float32").facts
    made = []
    monkeypatch.setattr(
        faster_renderer,
        "make_renderer",
        lambda scene, device, precision, backend, **rest: made.append(precision) or "renderer",
    )

    def found(bfloat16_ms, decibels):
        findings = Findings(
            {FLOAT32: 20.0, BFLOAT16: bfloat16_ms}, {FLOAT32: 200.0, BFLOAT16: decibels}
        )
        monkeypatch.setattr(faster_renderer, "measure_candidates", lambda *rest: findings)
        return prepare_bfloat16(scene, facts, lambda share, text: None)

    assert found(10.0, 30.0) is None
    assert first(scene, "cpu", "auto") == "auto"
    assert found(30.0, 60.0) is None  # it is slower here
    assert found(15.0, 60.0) == "renderer"
    assert made == ["bfloat16"]
    assert first(scene, "cpu", "auto") == "bfloat16"
    another = replace(facts, device="cuda")
    assert prepare_bfloat16(scene, another, lambda share, text: None) is None
