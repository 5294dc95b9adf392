"""The section that tells how far the present view can be trusted."""

from dataclasses import replace

import pytest

from dvox_core.rendering.trust_maps import TrustTerm
from tests.helpers.scenes import random_scene
from viewer.state.viewer_state import DisplayMode


@pytest.fixture
def window(make_window, scene_file, qtbot, tmp_path, monkeypatch):
    """A window with a small real scene, whose pictures are painted by a fake renderer."""
    monkeypatch.setenv("DVOX_CACHE", str(tmp_path / "cache"))
    window = make_window(lambda path, intrinsics, progress: replace(random_scene(), path=path))
    with qtbot.waitSignal(window.viewport.picture_shown):
        window.files.open(scene_file)
    window.docks.show_panel("scene")
    return window


def test_the_views_are_looked_through_once_and_the_number_follows_the_camera(window, qtbot):
    section, state = window.docks.panels["scene"].trust, window.state
    assert section.look.isVisibleTo(section)
    assert section.maps is None
    section.look.click()
    qtbot.waitUntil(lambda: section.maps is not None)
    assert not section.look.isVisibleTo(section)
    facts = {fact.label: fact.value for fact in section.table.facts}
    assert facts["Trust"] == f"{section.maps.mean(TrustTerm.TRUST):.2f}"
    assert "Fits the pictures" not in facts  # no capture is known
    before = section.maps
    state.set_camera(state.scene.cameras[2].camera)
    qtbot.waitUntil(lambda: section.maps is not before)
    section.term.choose(TrustTerm.SEEN)
    assert (state.display_mode, state.trust_term) == (DisplayMode.TRUST, TrustTerm.SEEN)


def test_the_probe_shows_where_the_views_aside_disagree(window, qtbot):
    section = window.docks.panels["scene"].trust
    assert section.map.isHidden()
    section.probe.click()
    assert not section.probe.isEnabled()
    qtbot.waitUntil(section.probe.isEnabled)
    assert not section.map.isHidden()
    assert "disagree by" in section.verdict.text()
    window.state.set_camera(window.state.scene.cameras[1].camera)
    assert section.map.isHidden()  # it was of another view
