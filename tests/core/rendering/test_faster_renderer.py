"""Looking for a faster renderer while one serves already."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from dvox_core import fact_cache as cache
from dvox_core.errors import Cancelled
from dvox_core.fact_cache import keep_facts, read_facts
from dvox_core.geometry.cameras import Intrinsics
from dvox_core.geometry.grid import GridPlacement
from dvox_core.rendering import create, machine_load
from dvox_core.rendering import faster_renderer as upgrade
from dvox_core.rendering import renderer_timing as measuring
from dvox_core.rendering.create import create_renderer
from dvox_core.rendering.faster_renderer import possible_candidates, prepare_quick, prepare_upgrade
from dvox_core.rendering.fused import openvino_network
from dvox_core.rendering.machine_load import LoadMeter
from dvox_core.rendering.renderer import RendererFacts
from dvox_core.rendering.renderer_timing import (
    Candidate,
    Findings,
    Timing,
    measure_candidates,
)
from tests.helpers.scenes import random_scene

TORCH = Candidate("torch", "float32")
OPENVINO = Candidate("openvino", "float32")
INT8 = Candidate("openvino", "int8")
FACTS = RendererFacts("torch", "cpu", "float32")


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("DVOX_CACHE", str(tmp_path / "cache"))


def ignore(share, text):
    """Progress that nobody sees."""


def find(monkeypatch, times_ms, agreements_db):
    """Let these be the findings."""
    findings = Findings(times_ms, {TORCH: math.inf} | agreements_db)
    monkeypatch.setattr(upgrade, "measure_candidates", lambda *rest: findings)
    monkeypatch.setattr(upgrade, "possible_candidates", lambda precisions: [*times_ms])
    made = []
    monkeypatch.setattr(
        upgrade,
        "make_renderer",
        lambda scene, device, precision, backend, **rest: (
            made.append((backend, precision)) or "renderer"
        ),
    )
    return made


def test_agreement_is_kept_for_the_very_scene_its_cameras_and_its_place():
    scene = random_scene()
    others = [
        replace(scene, placement=replace(scene.placement, scale=1.2)),
        replace(scene, intrinsics=replace(scene.intrinsics, focal=151.0)),
        replace(scene, near_plane=1.1),
        replace(scene, cameras=scene.cameras[::-1]),
        random_scene(seed=1),
    ]
    keys = [json.dumps(measuring._scene_key(one), sort_keys=True) for one in (scene, *others)]
    assert len(set(keys)) == len(keys)
    assert json.dumps(measuring._scene_key(random_scene()), sort_keys=True) == keys[0]


@pytest.mark.parametrize("prepare", [prepare_upgrade, prepare_quick])
def test_looking_for_a_faster_renderer_can_be_cancelled(prepare):
    def cancel(share, text):
        raise Cancelled

    scene = random_scene()
    renderer = create_renderer(scene, "cpu", "float32")
    with pytest.raises(Cancelled):
        prepare(scene, renderer.facts, cancel)
    assert renderer.render(scene.start_camera).picture.any()


def test_the_fastest_that_agrees_is_made(monkeypatch):
    made = find(monkeypatch, {TORCH: 30.0, OPENVINO: 10.0}, {OPENVINO: 90.0})
    assert prepare_upgrade(random_scene(), FACTS, ignore) == "renderer"
    assert made == [("openvino", "float32")]


def test_what_is_hardly_faster_is_not_worth_a_change(monkeypatch):
    made = find(monkeypatch, {TORCH: 30.0, OPENVINO: 29.5}, {OPENVINO: 90.0})
    assert prepare_upgrade(random_scene(), FACTS, ignore) is None
    assert not made


def test_what_spoils_the_scene_is_refused_with_a_reason_in_the_log(monkeypatch, caplog):
    made = find(monkeypatch, {TORCH: 30.0, INT8: 10.0}, {INT8: 31.0})
    with caplog.at_level("INFO"):
        assert prepare_quick(random_scene(), FACTS, ignore) is None
    assert not made
    assert "openvino int8 is only 31 dB from float32 on this scene, not the 36" in caplog.text


def test_another_device_is_left_alone():
    facts = RendererFacts("torch", "cuda", "bfloat16")
    assert prepare_upgrade(random_scene(), facts, ignore) is None
    assert prepare_quick(random_scene(), facts, ignore) is None


def test_without_openvino_only_torch_is_looked_at(monkeypatch, caplog):
    monkeypatch.setattr(openvino_network, "is_installed", lambda: False)
    assert {c.backend for c in possible_candidates(["float32", "bfloat16", "int8"])} == {"torch"}
    with caplog.at_level("INFO"):
        assert prepare_quick(random_scene(), FACTS, ignore) is None
    assert "OpenVINO is not installed" in caplog.text


def test_findings_are_measured_once_and_then_read(monkeypatch):
    scene = random_scene()
    candidates = possible_candidates(["float32", "int8"])
    tried = []
    make = measuring.make_renderer

    def make_and_note(*args, **rest):
        tried.append(args[2:4])
        return make(*args, **rest)

    monkeypatch.setattr(measuring, "make_renderer", make_and_note)
    first = measure_candidates(scene, candidates, ignore)
    assert len(tried) == len(candidates)
    assert first.agreements_db[TORCH] == measuring.EQUAL_DB
    assert all(time_ms > 0 for time_ms in first.frames_ms.values())
    assert measure_candidates(scene, candidates, ignore) == first
    assert len(tried) == len(candidates)
    # Another scene of the same shape: only its agreements are new, but they need its pictures.
    measure_candidates(random_scene(seed=1), candidates, ignore)
    assert len(tried) == 2 * len(candidates)


@pytest.fixture
def tried(monkeypatch):
    """What is measured, by fakes: each takes 10 ms, on a machine as busy as `machine.load`."""

    class Machine:
        load, now, frame_ms = 0.0, 1e9, 10.0
        measured = []  # noqa: RUF012

    def try_one(scene, candidate, cameras, step):
        Machine.measured.append(candidate)
        return Timing(Machine.frame_ms, Machine.load, Machine.now), [np.zeros((4, 4, 3), np.uint8)]

    Machine.measured.clear()
    monkeypatch.setattr(measuring, "_try", try_one)
    monkeypatch.setattr(measuring.time, "time", lambda: Machine.now)
    return Machine


def test_a_time_of_a_quiet_machine_is_believed_for_a_month(tried):
    scene = random_scene()
    measure_candidates(scene, [TORCH, OPENVINO], ignore)
    tried.now += 29 * 86400
    measure_candidates(scene, [TORCH, OPENVINO], ignore)
    assert tried.measured == [TORCH, OPENVINO]
    tried.now += 2 * 86400
    tried.frame_ms = 7.0
    assert measure_candidates(scene, [TORCH, OPENVINO], ignore).frames_ms[OPENVINO] == 7.0
    assert tried.measured == 2 * [TORCH, OPENVINO]


def test_a_time_of_a_busy_machine_is_taken_again(tried):
    scene = random_scene()
    tried.load, tried.frame_ms = 0.9, 30.0
    measure_candidates(scene, [TORCH, OPENVINO], ignore)
    tried.now += 0.9 * 3600
    measure_candidates(scene, [TORCH, OPENVINO], ignore)
    assert tried.measured == [TORCH, OPENVINO]  # not at every opening
    tried.now += 0.2 * 3600
    tried.load, tried.frame_ms = 0.0, 10.0
    assert measure_candidates(scene, [TORCH, OPENVINO], ignore).frames_ms[OPENVINO] == 10.0
    tried.now += 10 * 86400
    measure_candidates(scene, [TORCH, OPENVINO], ignore)
    assert tried.measured == 2 * [TORCH, OPENVINO]


def test_a_busier_machine_does_not_overrule_a_quieter_one(tried):
    scene = random_scene()
    tried.load, tried.frame_ms = 0.4, 15.0
    measure_candidates(scene, [TORCH, OPENVINO], ignore)
    tried.now += 2 * 3600
    tried.load, tried.frame_ms = 0.9, 40.0
    assert measure_candidates(scene, [TORCH, OPENVINO], ignore).frames_ms[OPENVINO] == 15.0
    assert tried.measured == 2 * [TORCH, OPENVINO]
    tried.now += 0.5 * 3600
    measure_candidates(scene, [TORCH, OPENVINO], ignore)
    assert tried.measured == 2 * [TORCH, OPENVINO]


@pytest.mark.parametrize(
    "change",
    [
        {"near_plane": 1.1},
        {"placement": GridPlacement((0.0, 0.0, 0.1), 1.0)},
        {"cameras": ()},
        {"intrinsics": Intrinsics(99.0, 64.0, 64.0, 128, 128)},
    ],
)
def test_agreement_is_of_a_scene_with_its_placement_and_cameras(tried, change):
    scene = random_scene()
    measure_candidates(scene, [TORCH, OPENVINO], ignore)
    measure_candidates(replace(scene, **change), [TORCH, OPENVINO], ignore)
    assert tried.measured == 2 * [TORCH, OPENVINO]


def test_kept_times_of_another_kind_are_taken_anew(tried):
    scene = random_scene()
    for kept in (12.5, {"frame_ms": 12.5}, {"frame_ms": "x", "load": 0, "taken": 0}, None):
        keep_facts("speed", measuring._machine_key(scene), {"torch float32": kept})
        tried.measured.clear()
        measure_candidates(scene, [TORCH], ignore)
        assert tried.measured == [TORCH]


def test_the_load_meter_tells_what_others_take(monkeypatch):
    moments = iter([(0.0, 0.0, 0.0), (10.0, 30.0, 10.0)])  # wall, busy, own seconds
    state = {}

    def at(index):
        return lambda: state["now"][index]

    monkeypatch.setattr(machine_load.time, "monotonic", at(0))
    monkeypatch.setattr(machine_load, "_busy_seconds", at(1))
    monkeypatch.setattr(machine_load, "_own_seconds", at(2))
    monkeypatch.setattr(machine_load.os, "cpu_count", lambda: 4)
    state["now"] = next(moments)
    quiet, busy = LoadMeter(2), LoadMeter(4)
    state["now"] = next(moments)
    assert quiet.share_lost() == 0.0  # others take 2 of 4 cores, and 2 are left
    assert busy.share_lost() == 0.5
    monkeypatch.setattr(machine_load, "_busy_seconds", lambda: None)
    monkeypatch.setattr(machine_load.os, "getloadavg", lambda: (3.0, 0, 0), raising=False)
    assert LoadMeter(4).share_lost() == 0.75
    monkeypatch.undo()
    assert 0.0 <= LoadMeter(1).share_lost() <= 1.0


def test_what_is_prepared_renders_while_the_other_serves(monkeypatch):
    pytest.importorskip("openvino", reason="OpenVINO, an optional extra, is not installed")
    scene = random_scene()
    serving = create_renderer(scene, "cpu", "float32")
    expected = serving.render(scene.start_camera).picture
    monkeypatch.setattr(upgrade, "WORTH_A_LOSS", 0.0)
    monkeypatch.setitem(create.FLOORS_DB, "int8", 0.0)  # random weights blow up rounding
    quick = prepare_quick(scene, serving.facts, ignore)
    assert (quick.facts.backend, quick.facts.precision) == ("openvino", "int8")
    quick.render(scene.start_camera)
    quick.close()
    assert np.array_equal(serving.render(scene.start_camera).picture, expected)


def test_kept_facts_that_cannot_be_read_count_as_unknown(tmp_path):
    key = {"machine": "here", "number": 1}
    assert read_facts("speed", key) == {}
    keep_facts("speed", key, {"a": 1.5, "b": "c"})
    assert read_facts("speed", key) == {"a": 1.5, "b": "c"}
    assert read_facts("speed", {**key, "number": 2}) == {}
    (file,) = cache.cache_folder().iterdir()
    for content in ("", "{", "[]", json.dumps({"key": {}, "facts": {"a": 1}})):
        file.write_text(content)
        assert read_facts("speed", key) == {}


def test_a_cache_that_cannot_be_written_to_is_done_without(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("DVOX_CACHE", str(tmp_path / "file" / "cache"))
    keep_facts("speed", {}, {"a": 1.5})
    assert read_facts("speed", {}) == {}
