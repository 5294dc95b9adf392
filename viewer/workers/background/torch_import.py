"""Imports torch before it is needed, and without holding up the window."""

import ctypes
import importlib
import importlib.util
import logging
import os
import sys
import threading
from pathlib import Path

from viewer.workers.background.gc_pause import many_lasting_objects
from viewer.workers.background.operation import Progress

NEEDED = ("torch", "dvox_core.checkpoints.opening", "dvox_core.rendering.create")
"""What opens a scene and renders it."""

_importing = threading.Lock()

_log = logging.getLogger(__name__)


def import_torch(progress: Progress) -> None:
    """Import what opens a scene and renders it."""
    # One at a time: the loader's own lock would be waited for with Python's lock held.
    with _importing:
        if not all(name in sys.modules for name in NEEDED):  # else what lasts is told already
            with many_lasting_objects():
                load_libraries()
                for name in NEEDED:
                    importlib.import_module(name)


def prepare_warp(progress: Progress) -> None:
    """Make colours and warp ready; on a machine's first time that is compiled, for some seconds."""
    from dvox_core.rendering import colormaps

    colormaps.warm_up()
    load_library("llvmlite", "binding/libllvmlite.so")
    with many_lasting_objects():  # once: what is garbage at that moment is never collected
        from dvox_core.rendering.reprojection import warp_numba as reprojection_fast

    reprojection_fast.warm_up()


def read_libraries_ahead(progress: Progress) -> None:
    """Have the system read the libraries of torch and numba into its cache, where it can."""
    if not hasattr(os, "posix_fadvise"):
        return
    for package, folder in (("torch", "lib"), ("llvmlite", "binding")):
        found = importlib.util.find_spec(package)
        if found is None or found.origin is None:
            continue
        for library in (Path(found.origin).parent / folder).glob("*.so*"):
            progress(0.0, "")
            with library.open("rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_WILLNEED)


def load_libraries() -> bool:
    """Load torch's shared libraries without Python's lock; whether that was done.

    Python loads an extension module with its lock held, and torch's hundreds of megabytes take
    0.6 s on two cores at work: as long the window would stand still. The same call made as a
    foreign function gives the lock up; the import then finds the libraries loaded.
    """
    return load_library("torch", "lib/libtorch_python.so")  # it depends on all the others


def load_library(package: str, name: str) -> bool:
    """Load a shared library of a package without Python's lock; whether that was done."""
    if not sys.platform.startswith("linux"):
        return False
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        return False
    library = Path(found.origin).parent / name
    try:
        load = ctypes.CDLL(None).dlopen
        load.restype, load.argtypes = ctypes.c_void_p, [ctypes.c_char_p, ctypes.c_int]
        loaded = load(os.fsencode(library), os.RTLD_NOW | os.RTLD_LOCAL)
    except (OSError, AttributeError) as error:
        _log.info("the libraries of %s were not loaded beforehand: %s", package, error)
        return False
    return bool(loaded)


def count_threads(progress: Progress) -> int:
    """How many threads torch computes with on the CPU."""
    import torch

    return torch.get_num_threads()
