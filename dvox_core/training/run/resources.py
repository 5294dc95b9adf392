"""How much memory and processor time this process uses."""

import time
from pathlib import Path

import torch

_STATM = Path("/proc/self/statm")


def memory_mb() -> float:
    """Resident memory in MiB; 0 where the system does not say."""
    try:
        pages = int(_STATM.read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return _peak_memory_mb()
    return pages * 4096 / 2**20


def gpu_memory_mb() -> float:
    """Memory taken by torch on the CUDA device in MiB; 0 without one in use."""
    try:
        return torch.cuda.memory_reserved() / 2**20 if torch.cuda.is_available() else 0.0
    except RuntimeError:  # of a device that has failed nobody needs to know its memory
        return 0.0


class ProcessorMeter:
    """Processor use between readings."""

    def __init__(self) -> None:
        self._wall, self._process = time.monotonic(), time.process_time()

    def percent(self) -> float:
        """Since the last reading; 100 is one core."""
        wall, process = time.monotonic(), time.process_time()
        used, passed = process - self._process, max(wall - self._wall, 1e-6)
        self._wall, self._process = wall, process
        return 100 * used / passed


def _peak_memory_mb() -> float:
    try:
        import resource
    except ImportError:  # Windows
        return 0.0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
