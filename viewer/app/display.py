"""Whether a window can be shown at all, asked before Qt would abort the process."""

import ctypes
import os
import socket
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from dvox_core.program import program_name

WITHOUT_WINDOW = (
    f"render pictures without a window: {program_name()} render SCENE --poses DIR --out DIR"
)
CONNECT_SECONDS = 3.0
ATTEMPTS = 3
PAUSE_S = 0.2


@dataclass(frozen=True)
class Display:
    """What was found out about displays.

    Attributes:
        problem: why no window can be shown, as a line with a remedy; '' if one can be.
        platform: the Qt platform to ask for where only one answers; '' leaves it to Qt.
        release: closes the connection that asked. To be called when the window's own is there: an
            X server whose last client leaves restarts, and refuses others meanwhile.
    """

    problem: str = ""
    platform: str = ""
    release: Callable[[], object] = lambda: None


def find_display(environment: Mapping[str, str]) -> Display:
    """Ask for a display.

    Only Linux and its like are asked; elsewhere there is always a display, or Qt reports it.
    """
    if not sys.platform.startswith(("linux", "freebsd")):
        return Display()
    platform = environment.get("QT_QPA_PLATFORM", "").split(":")[0]
    if platform and platform != "xcb":
        return Display()  # offscreen, vnc, eglfs …: chosen on purpose
    wayland = not platform and wayland_answers(environment)
    display = environment.get("DISPLAY", "")
    release = connect_to_x(display) if display else None
    if release is None:
        return Display(platform="wayland") if wayland else Display(_no_display(environment))
    if wayland:
        return Display(release=release)
    missing = missing_library()
    if missing:
        release()
        return Display(
            f"Qt cannot show windows here: {missing}; "
            f"install it (Debian: apt install libxcb-cursor0), or {WITHOUT_WINDOW}"
        )
    return Display(platform="xcb", release=release)


def _no_display(environment: Mapping[str, str]) -> str:
    if environment.get("DISPLAY"):
        return f"The display {environment['DISPLAY']} cannot be opened; {WITHOUT_WINDOW}"
    if environment.get("WAYLAND_DISPLAY"):
        return f"The display {environment['WAYLAND_DISPLAY']} does not answer; {WITHOUT_WINDOW}"
    return f"There is no display (DISPLAY and WAYLAND_DISPLAY are not set); {WITHOUT_WINDOW}"


def wayland_answers(environment: Mapping[str, str]) -> bool:
    """Whether a Wayland compositor takes a connection."""
    name = environment.get("WAYLAND_DISPLAY", "")
    if not name:
        return False
    path = Path(environment.get("XDG_RUNTIME_DIR", "")) / name  # an absolute name stays itself
    return _connects(socket.AF_UNIX, str(path))


def connect_to_x(display: str) -> Callable[[], object] | None:
    """Connect to the X server of `display`; a function that disconnects, or None if refused."""
    # A host that swallows packets would hold xcb for minutes, so the socket is asked first.
    if not _x_socket_answers(display):
        return None
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return lambda: None
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
    xcb.xcb_connection_has_error.argtypes = [ctypes.c_void_p]
    xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(PAUSE_S)  # a server that restarts is there again in a moment
        connection = xcb.xcb_connect(os.fsencode(display), None)
        if not xcb.xcb_connection_has_error(connection):
            return lambda: xcb.xcb_disconnect(connection)
        xcb.xcb_disconnect(connection)
    return None


def missing_library(load: Callable[[str], object] = ctypes.CDLL) -> str:
    """What Qt's X plugin lacks to be loaded, in the loader's words; '' if nothing."""
    import PySide6

    plugin = Path(PySide6.__file__).parent / "Qt" / "plugins" / "platforms" / "libqxcb.so"
    if not plugin.is_file():
        return ""  # a Qt of the system's: its packages see to it
    try:
        load(str(plugin))
    except OSError as error:
        return str(error).split(":")[0]
    return ""


def _x_socket_answers(display: str) -> bool:
    host, _, number = display.rpartition(":")
    number = number.split(".")[0]
    if not number.isdigit():
        return False
    if host in ("", "unix"):
        path = f"/tmp/.X11-unix/X{number}"
        return _connects(socket.AF_UNIX, path) or _connects(socket.AF_UNIX, f"\0{path}")
    if host.startswith("/"):
        return _connects(socket.AF_UNIX, display) or _connects(socket.AF_UNIX, host)
    try:
        socket.create_connection((host, 6000 + int(number)), CONNECT_SECONDS).close()
    except (OSError, OverflowError):
        return False
    return True


def _connects(family: socket.AddressFamily, address: str) -> bool:
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.settimeout(CONNECT_SECONDS)
        try:
            probe.connect(address)
        except (OSError, ValueError):
            return False
    return True
