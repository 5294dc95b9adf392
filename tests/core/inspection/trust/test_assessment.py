"""How far each ray can be trusted: the formula, by plain loops."""

import math

import numpy as np
import pytest

from dvox_core.inspection.trust.assessment import CameraTrust, TrustAssessor
from dvox_core.inspection.trust.support import ViewSupport, compute_support
from dvox_core.inspection.views import ViewInspector
from dvox_core.rendering.create import create_renderer
from dvox_core.rendering.frame import Extra
from dvox_core.rendering.interventions import ArgMax, Interventions
from dvox_core.rendering.trust_maps import TrustMaps, TrustTerm
from tests.helpers.scenes import SMALL, orbit_cameras, random_scene

SIDE, PLANES = SMALL.grid_size, SMALL.plane_count


@pytest.fixture(scope="module")
def scene():
    return random_scene()


@pytest.fixture(scope="module")
def support(scene):
    found = compute_support(scene, [], lambda *_: None)
    residual = np.random.default_rng(0).random(SIDE**3).astype(np.float32) / 5
    residual[::7] = np.nan
    return ViewSupport(found.positions, found.seen_bits, residual)


@pytest.fixture(scope="module")
def frame(scene):
    renderer = create_renderer(scene, "cpu", "float32")
    frame = renderer.render(orbit_cameras(7)[3], Extra.VISIBILITY)
    renderer.close()
    return frame


def plain_terms(scene, support, frame, u, v):
    """The terms of ray (u, v), sample by sample."""
    samples = ViewInspector(scene).samples(frame.camera)
    weights = frame.visibility[:, v, u].astype(float)
    counts = support.view_counts(SIDE**3)
    inside = seen = error = known = 0.0
    for index in np.flatnonzero(samples.rays.numpy() == v * 64 + u):
        weight = weights[int(samples.planes[index])]
        inside += weight
        for row, share in zip(samples.rows[index], samples.weights[index], strict=True):
            seen += weight * float(share) * min(counts[row] / 8, 1)
            if math.isfinite(support.residual[row]):
                error += weight * float(share) * support.residual[row]
                known += weight * float(share)
    entropy = -sum(weight * math.log2(weight) for weight in weights if weight > 0)
    frustum = scene.frustum
    ray = frustum.rays()[v, u]
    place = frame.camera.position + frame.camera.rotation @ (
        ray * frustum.plane_depths[weights.argmax()]
    )
    to_grid = scene.placement.world_to_grid(SIDE)
    x, y, z = np.rint(to_grid[:3, :3] @ place + to_grid[:3, 3]).astype(int)
    nearness = 0.0
    if all(0 <= axis < SIDE for axis in (x, y, z)):
        voxel = (z * SIDE + y) * SIDE + x
        for position, bits in zip(support.positions, support.seen_bits, strict=True):
            if np.unpackbits(bits)[voxel]:
                own, other = frame.camera.position - place, position - place
                cosine = own @ other / np.linalg.norm(own) / np.linalg.norm(other)
                angle = math.degrees(math.acos(min(cosine, 1.0)))
                nearness = max(nearness, min(max(1 - (angle - 22.5) / 22.5, 0), 1))
    return {
        TrustTerm.INSIDE: inside,
        TrustTerm.CERTAINTY: 1 - entropy / math.log2(PLANES),
        TrustTerm.SEEN: seen / inside,
        TrustTerm.NEARNESS: nearness,
        TrustTerm.FIT: math.exp(-error / known / 0.1),
    }


def test_the_terms_and_their_trust_are_those_of_the_formula(scene, support, frame):
    maps = TrustAssessor(scene, support).assess(frame).maps
    met = np.argwhere(np.isfinite(frame.contribution_depth))
    for v, u in met[:: max(len(met) // 25, 1)]:
        terms = plain_terms(scene, support, frame, u, v)
        for term, value in terms.items():
            assert maps[term][v, u] == pytest.approx(value, abs=2e-4), term
        quality = terms[TrustTerm.SEEN] * terms[TrustTerm.NEARNESS] * terms[TrustTerm.FIT]
        quality *= terms[TrustTerm.CERTAINTY] ** 0.125
        expected = 1 - terms[TrustTerm.INSIDE] * (1 - quality)
        assert maps[TrustTerm.TRUST][v, u] == pytest.approx(expected, abs=5e-4)


def test_every_term_is_a_share_and_missing_where_a_ray_meets_nothing(scene, support, frame):
    told = TrustAssessor(scene, support).assess(frame)
    met = np.isfinite(frame.contribution_depth)
    assert met.any()
    for term, values in told.maps.items():
        assert values.shape == (64, 64)
        assert (np.isfinite(values) == met).all(), term
        assert 0 <= np.nanmin(values) <= np.nanmax(values) <= 1 + 1e-5, term
    without = TrustAssessor(scene, ViewSupport(support.positions, support.seen_bits, None)).assess(
        frame
    )
    assert TrustTerm.FIT not in without.maps
    assert math.isnan(without.mean(TrustTerm.FIT))
    mean = np.nanmean(told.maps[TrustTerm.TRUST])
    assert told.mean(TrustTerm.TRUST) == pytest.approx(mean, abs=1e-6)
    assert math.isnan(TrustMaps({TrustTerm.TRUST: np.full((64, 64), np.nan)}).mean(TrustTerm.TRUST))


def test_what_no_training_view_saw_is_not_trusted(scene, support, frame):
    blind = ViewSupport(support.positions, np.zeros_like(support.seen_bits), None)
    told = TrustAssessor(scene, blind).assess(frame)
    for term in (TrustTerm.SEEN, TrustTerm.NEARNESS):
        assert told.mean(term) == 0
    inside = told.maps[TrustTerm.INSIDE]
    known = np.isfinite(inside)
    np.testing.assert_allclose(told.maps[TrustTerm.TRUST][known], 1 - inside[known], atol=1e-6)


def test_a_view_is_assessed_by_its_camera_alone_under_interventions_too(scene, support):
    camera = orbit_cameras(7)[2]
    by_camera = CameraTrust(scene, support)
    renderer = create_renderer(scene, "cpu", "float32")
    for interventions in (Interventions(), Interventions(occlusion=ArgMax())):
        renderer.intervene(interventions)
        frame = renderer.render(camera, Extra.VISIBILITY)
        expected = TrustAssessor(scene, support).assess(frame)
        found = by_camera.assess(camera, interventions)
        for term, values in expected.maps.items():
            np.testing.assert_allclose(found.maps[term], values, atol=2e-4)
    renderer.close()


def test_a_frame_without_depth_weights_is_refused(scene, support):
    renderer = create_renderer(scene, "cpu", "float32")
    frame = renderer.render(scene.start_camera)
    renderer.close()
    with pytest.raises(ValueError, match="VISIBILITY"):
        TrustAssessor(scene, support).assess(frame)
