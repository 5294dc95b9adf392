"""Tests that need Ray."""

import importlib.util

import pytest

# Found, not imported: it reads its settings when it is.
needs_ray = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason="Ray is not installed (extra `cluster`)"
)
