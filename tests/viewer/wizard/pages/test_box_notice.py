"""The warning of a box that goes through what the pictures show."""

from pathlib import Path

import numpy as np
import pytest

from dvox_core.data.background_check import BACKGROUND_DIFFERS
from dvox_core.data.object_folder import cut_share
from dvox_core.errors import UserError
from tests.helpers.object_folders import POINTS, write_object
from viewer.wizard.pages.box_notice import BoxNotice
from viewer.wizard.pages.summary_text import doubts_text
from viewer.wizard.plan import Page
from viewer.wizard.state import WizardState

WIDE = np.random.default_rng(3).uniform(-1, 1, (400, 3)) * (0.4, 0.4, 1.4)


@pytest.fixture
def state(qtbot, found_dots, tmp_path, monkeypatch):
    """A wizard's state whose pictures are looked at by a process that is none."""
    requests = []

    def run(module, request, received, poll, **options):
        requests.append(request)
        poll()
        if "out" in request:
            names = [view.name for view in found_dots.survey.views]
            write_object(Path(request["out"]), names)
        else:
            received({"places": WIDE.tolist()})

    monkeypatch.setattr("viewer.wizard.box_check.run_in_child_process", run)
    monkeypatch.setattr("viewer.wizard.object_masks.run_in_child_process", run)
    monkeypatch.setattr("viewer.wizard.source_reader.background_differs", lambda survey: True)
    made = WizardState(tmp_path / "home")
    made.find(found_dots.given)
    qtbot.waitUntil(lambda: made.preview is not None)
    made.requests = requests
    yield made
    made.stop()


def test_a_box_that_cuts_is_told_of_and_put_around_the_object(qtbot, state, themes):
    notice = BoxNotice(state, themes)
    qtbot.addWidget(notice)
    assert notice.isHidden()
    state.box_check.begin()
    assert not notice.looking.isHidden()
    qtbot.waitUntil(lambda: not notice.around_button.isHidden())
    assert notice.looking.isHidden()
    assert "goes through what stands out in the pictures" in notice.notice.text
    assert cut_share(WIDE, state.box) > 0.05

    # In a turned world it is the same object.
    share = notice.notice.text
    state.set_plan(state.plan.with_options(up=(0.0, 0.0, -1.0)))
    qtbot.waitUntil(lambda: state.is_current)
    assert notice.notice.text == share

    told_at_last = doubts_text(state)
    assert told_at_last.startswith(BACKGROUND_DIFFERS)
    assert notice.notice.text in told_at_last

    notice.around_button.click()
    qtbot.waitUntil(lambda: state.is_current)
    assert notice.isHidden()
    assert doubts_text(state) == BACKGROUND_DIFFERS
    assert state.plan.options.crop == "box"
    assert cut_share(WIDE * (1, -1, -1), state.box) == 0

    # Moved by hand through the object it is told at once; the pictures are looked at once.
    state.set_plan(state.plan.with_options(scale=0.5))
    assert not notice.around_button.isHidden()
    state.box_check.begin()
    assert len(state.requests) == 1


def test_with_masks_the_object_that_was_found_counts(qtbot, state, themes):
    notice = BoxNotice(state, themes)
    qtbot.addWidget(notice)
    state.find_object()
    qtbot.waitUntil(lambda: state.plan.masks_object and state.is_current)
    state.box_check.begin()
    assert len(state.requests) == 1  # the one for the masks
    assert notice.isHidden()
    x, y, z = state.box.center
    state.set_plan(state.plan.with_options(center=(x + 0.4, y, z), scale=state.box.scale))
    assert "goes through the object" in notice.notice.text
    assert doubts_text(state) == notice.notice.text
    notice.around_button.click()
    qtbot.waitUntil(lambda: state.is_current)
    assert notice.isHidden()
    assert cut_share(POINTS, state.box) == 0


def test_the_object_is_cut_out_from_here_and_next_waits_for_it(qtbot, state, themes):
    notice = BoxNotice(state, themes)
    qtbot.addWidget(notice)
    state.box_check.begin()
    qtbot.waitUntil(lambda: not notice.cut_button.isHidden())
    assert state.is_complete(Page.SOURCE)
    assert state.is_complete(Page.CAMERAS)
    with qtbot.waitSignal(notice.answered):
        notice.cut_button.click()
    assert state.object.is_busy
    assert not state.is_complete(Page.SOURCE)
    assert not state.is_complete(Page.CAMERAS)
    assert notice.cut_button.isHidden()
    qtbot.waitUntil(lambda: state.plan.masks_object and state.is_current)
    qtbot.waitUntil(lambda: state.is_complete(Page.CAMERAS))
    assert notice.isHidden()
    assert cut_share(POINTS, state.box) == 0


def test_pictures_in_which_nothing_stands_out_raise_no_doubt(qtbot, state, themes, monkeypatch):
    def run(*arguments, **options):
        raise UserError("nothing was found in the box")

    monkeypatch.setattr("viewer.wizard.box_check.run_in_child_process", run)
    notice = BoxNotice(state, themes)
    qtbot.addWidget(notice)
    state.box_check.begin()
    qtbot.waitUntil(lambda: not state.box_check.is_busy)
    assert notice.isHidden()
