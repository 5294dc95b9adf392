"""The import of torch that does not hold up the window."""

import subprocess
import sys

import pytest


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="done on Linux only")
def test_torchs_libraries_are_loaded_before_its_import():
    script = (
        "import sys; from viewer.workers.background.torch_import import load_libraries;"
        "assert load_libraries(); assert 'torch' not in sys.modules;"
        "assert 'libtorch_cpu' in open('/proc/self/maps').read();"
        "import torch; assert float(torch.ones(3).sum()) == 3.0"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=120)
