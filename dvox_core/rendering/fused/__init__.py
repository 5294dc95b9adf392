"""The fast renderer's networks: folded, packed, run in blocks, and the backends that run them."""

import sys

# Unless this package is missing, OpenVINO reports each import to its maker: it forks the process
# from a thread of its own, and the fork asks the network. Among threads that compute, that can hang
# or crash the program; and nothing that is done here is to be told to anybody.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
