"""Times the stages of a frame."""

import time

import torch


class Stopwatch:
    """Milliseconds between laps; waits for the device, so that each stage bears its own cost."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self.stages_ms: dict[str, float] = {}
        self._last = self._now()

    def lap(self, stage: str) -> None:
        """Book the time since the last lap under `stage`."""
        now = self._now()
        self.stages_ms[stage] = self.stages_ms.get(stage, 0.0) + (now - self._last) * 1000
        self._last = now

    def _now(self) -> float:
        if self._device.type == "cuda":
            torch.cuda.synchronize(self._device)
        elif self._device.type == "mps":
            torch.mps.synchronize()
        return time.perf_counter()
