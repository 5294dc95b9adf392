"""The worker of the stages: the newest question, seldom while the camera moves."""

from dataclasses import replace

from dvox_core.pipeline.questions import StageQuestion
from dvox_core.rendering.interventions import NO_INTERVENTIONS
from tests.helpers.fakes import fake_scene
from viewer.workers.pipeline import stage_worker
from viewer.workers.pipeline.stage_worker import StageWorker

SCENE = fake_scene()
FIRST = StageQuestion(SCENE, NO_INTERVENTIONS, None, None, None, SCENE.start_camera, 96)
OTHERS = [replace(FIRST, camera=view.camera) for view in SCENE.cameras[1:4]]


def test_while_the_camera_moves_an_answer_is_followed_by_a_pause(qtbot, monkeypatch):
    monkeypatch.setattr(stage_worker, "PAUSE_FACTOR", 1e9)
    monkeypatch.setattr(StageWorker, "_answer", lambda self, question: question)
    worker, told = StageWorker(), []
    worker.answered.connect(told.append)
    worker.ask(FIRST)
    qtbot.waitUntil(lambda: told == [FIRST])
    worker.ask(replace(FIRST))  # the same again
    assert not worker._busy
    worker.set_moving(True)
    for question in OTHERS:
        worker.ask(question)
    assert not worker._busy
    worker.set_moving(False)  # at rest the newest one is answered, and no other
    qtbot.waitUntil(lambda: len(told) == 2)
    assert told[1] is OTHERS[-1]
    assert worker.answer_count == 2
    worker.ask(FIRST)
    worker.stop()
    assert not worker.running


def test_a_failure_is_told_and_the_next_question_answered(qtbot, monkeypatch):
    def answer(self, question):
        if question is FIRST:
            raise RuntimeError("broken")
        return question

    monkeypatch.setattr(StageWorker, "_answer", answer)
    worker, told, failed = StageWorker(), [], []
    worker.answered.connect(told.append)
    worker.failed.connect(failed.append)
    worker.ask(FIRST)
    worker.ask(OTHERS[0])
    qtbot.waitUntil(lambda: told == [OTHERS[0]])
    assert len(failed) == 1
    worker.stop()
