"""The page of split and schedule."""


def settled(qtbot, wizard) -> None:
    qtbot.waitUntil(lambda: wizard.state.is_current)


def test_the_split_counts_its_views(qtbot, wizard, schedule):
    assert schedule.test_line.text() == "2 test views, 9 to train on"
    schedule.test_every.setValue(3)
    settled(qtbot, wizard)
    assert wizard.state.plan.options.test_every == 3
    assert schedule.test_line.text() == "4 test views, 7 to train on"
    schedule.test_every.setValue(1)
    settled(qtbot, wizard)
    assert wizard.state.plan.options.test_every == 0
    assert schedule.test_every.text() == "None"
    assert schedule.test_line.text() == "0 test views, 11 to train on"


def test_a_run_ends_by_steps_minutes_or_want_of_progress(qtbot, wizard, schedule):
    assert "about" in schedule.steps_line.text()
    schedule.by_minutes.click()
    schedule.minutes.setValue(7.5)
    schedule.by_progress.click()
    schedule.by_steps.click()
    run = wizard.state.plan.run
    assert (run.steps, run.minutes, run.patience) == (None, 7.5, 8)
    assert not schedule.steps.isEnabled()
    schedule.by_minutes.click()
    schedule.by_progress.click()
    assert not wizard.next_button.isEnabled()
    assert "Choose at least one end" in schedule.problem.text
    schedule.by_steps.click()
    assert wizard.next_button.isEnabled()
    assert wizard.state.plan.run.steps == 8_000


def test_want_of_progress_needs_views_that_can_be_held_out(qtbot, wizard, schedule):
    assert schedule.validation_line.text() == "of the training views; too few to hold any out"
    schedule.by_progress.click()
    assert "needs views to judge by" in schedule.problem.text
    assert not wizard.next_button.isEnabled()
    schedule.test_every.setValue(1)  # 11 training views: one of them can be held out
    settled(qtbot, wizard)
    assert schedule.validation_line.text() == "1 training view held out for it"
    assert not schedule.problem.text
    assert wizard.next_button.isEnabled()
