"""The page of presets and options."""

from PySide6.QtCore import Qt

LEFT = Qt.MouseButton.LeftButton


def test_cards_say_what_a_preset_takes_and_the_wrong_ones_are_greyed(qtbot, wizard, quality):
    tiny, paper = quality.cards["tiny"], quality.cards["paper"]
    assert "5.0 M parameters" in tiny.lines
    assert tiny.time == "about 10 min"
    assert not paper.isEnabled()
    assert paper.reason == "needs about 7.2 GiB of memory, and 2.0 GiB are free"
    qtbot.mouseClick(tiny, LEFT)
    assert wizard.state.plan.preset == "tiny"
    assert tiny.isChecked()
    qtbot.keyClick(quality.cards["medium"], Qt.Key.Key_Return)
    assert wizard.state.plan.preset == "medium"
    assert "choose a larger picture size" in quality.picture_note.text


def test_a_training_that_does_not_fit_stops_here(qtbot, wizard, quality):
    wizard.state.set_plan(wizard.state.plan.with_preset("paper"))
    assert not wizard.next_button.isEnabled()
    assert "This training needs about 7.2 GiB" in quality.problem.text


def test_options_are_entered_checked_and_undone(qtbot, wizard, quality):
    quality.fold_button.click()
    assert quality.options.isVisible()
    rate = quality.training_form.editors["learning_rate"]
    rate.setFocus()
    rate.setText("5e-4")
    rate.editingFinished.emit()
    assert wizard.state.plan.training.learning_rate == 5e-4
    rate.setText("much")
    rate.editingFinished.emit()
    assert "Learning rate: “much” is no number; write a number" in quality.problem.text
    rate.setText("7")
    rate.editingFinished.emit()
    assert "Learning rate 7.0: must be in 0…1, above 0" in quality.problem.text
    assert wizard.state.plan.training.learning_rate == 5e-4
    recipe = quality.training_form.editors["recipe"]
    recipe.setCurrentText("paper")
    recipe.activated.emit(recipe.currentIndex())
    assert wizard.state.plan.training.recipe == "paper"
    quality.training_form.editors["flips"].click()
    assert wizard.state.plan.training.flips
    qtbot.mouseClick(quality.preset_button, LEFT)
    assert wizard.state.plan.is_preset
    wizard.state.costs.stop()
