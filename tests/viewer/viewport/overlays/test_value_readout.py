"""The value under the cursor."""

import numpy as np
import pytest

from dvox_core.rendering.frame import Extra
from dvox_core.rendering.trust_maps import TrustMaps, TrustTerm
from tests.helpers.fakes import fake_frame, fake_scene
from viewer.state.viewer_state import DisplayMode
from viewer.text.units import significant
from viewer.viewport.overlays.value_readout import value_text

SCENE = fake_scene()


@pytest.fixture
def frame():
    return fake_frame(SCENE, SCENE.start_camera, Extra.ENTROPY | Extra.OUTSIDE)


def told(frame, mode, u=64.0, v=60.0):
    return value_text(frame, mode, SCENE.frustum, TrustTerm.SEEN, u, v)


def test_every_mode_tells_its_value_with_its_unit(frame):
    red, green, blue = frame.picture[60, 64]
    assert told(frame, DisplayMode.RGB) == f"64, 60: R {red}  G {green}  B {blue}"
    depth = significant(float(frame.depth[30, 32]))
    assert told(frame, DisplayMode.DEPTH) == f"64, 60: {depth} world units"
    bits = significant(float(frame.entropy[30, 32]))
    assert told(frame, DisplayMode.ENTROPY) == f"64, 60: {bits} bits"
    share = significant(float(frame.outside_share[30, 32]))
    assert told(frame, DisplayMode.OUTSIDE) == f"64, 60: {share} outside"
    trust = np.full((64, 64), 0.25, dtype=np.float32)
    object.__setattr__(frame, "trust", TrustMaps({TrustTerm.SEEN: trust}))
    assert told(frame, DisplayMode.TRUST) == "64, 60: 0.25"


def test_nothing_is_told_that_is_not_known(frame):
    assert told(frame, DisplayMode.TRUST) == ""
    object.__setattr__(frame, "depth", np.full((64, 64), np.nan, dtype=np.float32))
    assert told(frame, DisplayMode.DEPTH) == "64, 60: no surface"
    assert told(frame, DisplayMode.RGB, 500, -3).startswith("127, 0: ")
