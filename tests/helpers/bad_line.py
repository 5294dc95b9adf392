"""`bad_line.py DELAY_MS MBITS COMMAND…`: runs a command behind a slow and distant line.

Each way for itself: bytes come DELAY_MS later, and MBITS million of their bits a second at most.
As on a real line, little is under way at a time: who sends faster has to wait.
"""

import os
import subprocess
import sys
import threading
import time
from collections import deque

CHUNK = 4096


class Line:
    """One way: a thread reads, another writes when the bytes are due."""

    def __init__(self, source: int, target: int, delay_s: float, bytes_s: float) -> None:
        self.source, self.target = source, target
        self.delay_s, self.bytes_s = delay_s, bytes_s
        self.waiting: deque[tuple[float, bytes]] = deque()
        self.changed = threading.Condition()
        self.threads = [
            threading.Thread(target=part, daemon=True) for part in (self.read, self.write)
        ]
        for thread in self.threads:
            thread.start()

    def read(self) -> None:
        free = time.monotonic()
        while True:
            try:
                data = os.read(self.source, CHUNK)
            except OSError:
                data = b""
            free = max(free, time.monotonic()) + len(data) / self.bytes_s
            with self.changed:
                self.waiting.append((free + self.delay_s, data))
                self.changed.notify()
            if not data:
                return
            time.sleep(max(free - time.monotonic(), 0))  # the line is taken for so long

    def write(self) -> None:
        while True:
            with self.changed:
                self.changed.wait_for(lambda: self.waiting)
                due, data = self.waiting.popleft()
            time.sleep(max(due - time.monotonic(), 0))
            try:
                if not data:
                    os.close(self.target)
                    return
                while data:
                    data = data[os.write(self.target, data) :]
            except OSError:
                return


def main() -> int:
    delay_s, bytes_s = float(sys.argv[1]) / 1000, float(sys.argv[2]) * 1e6 / 8
    process = subprocess.Popen(sys.argv[3:], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    Line(0, process.stdin.fileno(), delay_s, bytes_s)
    back = Line(process.stdout.fileno(), 1, delay_s, bytes_s)
    code = process.wait()
    back.threads[1].join()
    return code


if __name__ == "__main__":
    code = main()
    sys.stdout = sys.stderr = None
    os._exit(code & 0xFF)
