"""Freed memory goes back to the system after a scene was closed."""

import threading

from PySide6.QtCore import QObject

from viewer.workers.background import freed_memory
from viewer.workers.background.freed_memory import FreedMemory


def test_memory_is_given_back_once_and_off_the_windows_thread(qtbot, monkeypatch):
    threads = []
    monkeypatch.setattr(
        freed_memory, "give_freed_memory_back", lambda: threads.append(threading.current_thread())
    )
    monkeypatch.setattr(freed_memory, "DELAY_MS", 20)
    parent = QObject()
    memory = FreedMemory(parent)
    memory.give_back_soon()
    memory.give_back_soon()
    qtbot.waitUntil(lambda: bool(threads))
    memory.stop()
    assert len(threads) == 1
    assert threads[0] is not threading.current_thread()
