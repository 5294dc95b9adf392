"""Torch's threads while the camera moves, and at rest."""

import sys
import types

from viewer.workers.background.torch_threads import ThreadBudget


def test_one_thread_less_computes_while_the_camera_moves(monkeypatch):
    asked = []
    torch = types.SimpleNamespace(get_num_threads=lambda: 4, set_num_threads=asked.append)
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setattr("viewer.workers.background.torch_threads._all_threads", 0)
    budget = ThreadBudget()
    for moving in (False, True, True, False):
        budget.apply(moving)
    assert asked == [3, 4]
    torch.get_num_threads = lambda: 1
    monkeypatch.setattr("viewer.workers.background.torch_threads._all_threads", 0)
    single = ThreadBudget()
    single.apply(True)
    assert asked == [3, 4]


def test_threads_are_left_alone_before_torch_is_there(monkeypatch):
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    ThreadBudget().apply(True)
    assert "torch" not in sys.modules
