"""The import of torch that does not hold up the window."""

import gc
import subprocess
import sys

import pytest

from viewer.workers.background.torch_import import import_torch


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="done on Linux only")
def test_torchs_libraries_are_loaded_before_its_import():
    script = (
        "import sys; from viewer.workers.background.torch_import import load_libraries;"
        "assert load_libraries(); assert 'torch' not in sys.modules;"
        "assert 'libtorch_cpu' in open('/proc/self/maps').read();"
        "import torch; assert float(torch.ones(3).sum()) == 3.0"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=120)


def test_what_is_garbage_is_collected_though_torch_is_asked_for_again():
    import_torch(lambda fraction, text: None)
    frozen = gc.get_freeze_count()
    import_torch(lambda fraction, text: None)  # as each opening of a scene does
    assert gc.get_freeze_count() <= frozen
