"""The object of a source in the wizard: found, looked at, mended by hand."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QPointF, Qt

from tests.helpers.object_folders import write_object
from viewer.wizard.mask_editor import MaskEditor, painted
from viewer.wizard.object_masks import masked_picture
from viewer.wizard.pages.source import SourcePage
from viewer.wizard.state import WizardState


def test_a_stroke_paints_a_band_with_round_ends() -> None:
    mask = painted(np.zeros((40, 60), dtype=np.uint8), QPointF(10, 20), QPointF(40, 20), 5, 255)
    assert mask[20, 10] == mask[20, 40] == mask[16, 25] == 255
    assert mask[14, 25] == mask[20, 46] == mask[20, 4] == 0
    assert (mask == 255).sum() == pytest.approx(2 * 5 * 30 + np.pi * 25, rel=0.05)
    dot = painted(mask, QPointF(25, 20), QPointF(25, 20), 3, 0)
    assert dot[20, 25] == 0
    assert dot[20, 30] == 255


def test_a_picture_is_pale_where_its_mask_leaves_it_out() -> None:
    picture = np.full((4, 8, 3), 200, dtype=np.uint8)
    mask = np.zeros((2, 4), dtype=np.uint8)
    mask[:, 2:] = 255
    shown = masked_picture(picture, mask)
    assert shown[0, 7].tolist() == [200, 200, 200]
    assert shown[0, 0].tolist() == [146, 146, 146]


@pytest.fixture
def state(qtbot, found_dots, tmp_path, monkeypatch):
    """A wizard's state whose object is found at once, by a process that is none."""

    def run(module, request, received, poll):
        assert module == "dvox_core.radiance_field.finding_process"
        received({"progress": (1, 2, "finding the object")})
        poll()
        survey = found_dots.survey
        write_object(Path(request["out"]), [view.name for view in survey.views])

    monkeypatch.setattr("viewer.wizard.object_masks.run_in_child_process", run)
    monkeypatch.setattr("viewer.wizard.source_reader.background_differs", lambda survey: True)
    made = WizardState(tmp_path / "home")
    made.find(found_dots.given)
    qtbot.waitUntil(lambda: made.plan.found_source is not None and bool(made.thumbnails))
    yield made
    made.stop()


def test_the_object_is_found_looked_at_and_mended(qtbot, state, themes, tmp_path):
    page = SourcePage(state, themes, None)
    qtbot.addWidget(page)
    card = page.object_card
    assert not card.isHidden()
    assert card.button.text() == "Cut the object out"
    before = state.thumbnails[0].image
    card.button.click()
    qtbot.waitUntil(lambda: state.plan.masks_object and state.thumbnails[0].image != before)
    assert card.button.text() == "Keep the surroundings"
    assert state.plan.options.crop == "box"
    found = state.object.found
    first, second = list(found.files)[:2]

    # The brush takes away from one mask; the threshold then changes all the others.
    with qtbot.waitSignal(card.mending) as opened:
        page.thumbnails.clicked.emit(0)
    editor: MaskEditor = opened.args[0]
    qtbot.waitUntil(lambda: first in editor.words.text())
    editor.eraser.click()
    place = editor.canvas.place()
    inside = QPoint(round(place.left() + 0.2 * place.width()), round(place.center().y()))
    qtbot.mousePress(editor.canvas, Qt.MouseButton.LeftButton, pos=inside)
    qtbot.mouseRelease(editor.canvas, Qt.MouseButton.LeftButton, pos=inside)
    assert editor.undo_button.isEnabled()
    with qtbot.waitSignal(state.object.masks_changed):
        editor.done_button.click()
    mended = np.asarray(Image.open(found.mask_path(first)))
    assert mended[15, 8] == 0
    assert mended[2, 8] == 255

    with qtbot.waitSignal(state.object.masks_changed):
        card.threshold.setValue(95)
    np.testing.assert_array_equal(np.asarray(Image.open(found.mask_path(first))), mended)
    assert np.asarray(Image.open(found.mask_path(second))).max() < 128  # 70 % is not enough

    card.button.click()
    assert not state.plan.masks_object
    assert state.plan.options.crop == "common"
    card.button.click()  # found once, it is not looked for again
    assert state.plan.masks_object


def test_why_no_object_was_found_is_said(qtbot, state, themes, monkeypatch, tmp_path):
    from dvox_core.errors import CaptureError

    def run(module, request, received, poll):
        raise CaptureError("nothing was found in the box")

    monkeypatch.setattr("viewer.wizard.object_masks.run_in_child_process", run)
    page = SourcePage(state, themes, None)
    qtbot.addWidget(page)
    page.object_card.button.click()
    qtbot.waitUntil(lambda: not state.object.is_busy)
    assert page.object_card.problem.text == "nothing was found in the box"
    assert page.object_card.button.text() == "Cut the object out"
