"""The pause of Python's garbage collector."""

import gc

from viewer.workers.background.gc_pause import many_lasting_objects


def test_the_collector_pauses_while_lasting_objects_are_made_and_never_sees_them_again():
    before = gc.get_freeze_count()
    with many_lasting_objects():
        assert not gc.isenabled()
        with many_lasting_objects():
            kept = [[] for _ in range(1000)]
        assert not gc.isenabled()
    assert gc.isenabled()
    assert gc.get_freeze_count() >= before + len(kept)
