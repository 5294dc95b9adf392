"""The fast renderer's networks: folded, packed, run in blocks, and the backends that run them."""
