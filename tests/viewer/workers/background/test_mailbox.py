"""The mailbox with one slot: the newest letter replaces one that waits."""

import threading
import time

from viewer.workers.background.mailbox import Mailbox


def test_the_newest_letter_replaces_one_that_waits():
    mailbox = Mailbox()
    for number in range(5):
        mailbox.put(number)
    assert mailbox.take() == 4
    mailbox.wake()
    assert mailbox.take() is None


def test_taking_waits_for_a_letter():
    mailbox, taken = Mailbox(), []
    thread = threading.Thread(target=lambda: taken.append(mailbox.take()))
    thread.start()
    time.sleep(0.02)
    assert not taken
    mailbox.put("letter")
    thread.join(5)
    assert taken == ["letter"]


def test_closing_frees_who_waits_and_drops_letters():
    mailbox, taken = Mailbox(), []
    thread = threading.Thread(target=lambda: taken.append(mailbox.take()))
    thread.start()
    mailbox.close()
    thread.join(5)
    mailbox.put("late")
    assert taken == [None]
    assert mailbox.take() is None


def test_letters_of_many_threads_come_whole_and_the_last_is_not_lost():
    mailbox, taken = Mailbox(), []

    def read():
        while (letter := mailbox.take()) is not None:
            taken.append(letter)

    reader = threading.Thread(target=read)
    reader.start()
    writers = [
        threading.Thread(target=lambda w=w: [mailbox.put((w, n)) for n in range(500)])
        for w in range(4)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    mailbox.put("last")
    deadline = time.time() + 5
    while "last" not in taken and time.time() < deadline:
        time.sleep(0.001)
    mailbox.close()
    reader.join(5)
    assert taken[-1] == "last"
    for writer in range(4):
        numbers = [n for letter in taken[:-1] for w, n in [letter] if w == writer]
        assert numbers == sorted(numbers)
