"""What a command line names: a file, or a place on another machine with what is known of it."""

from pathlib import Path

from dvox_core.remote.address import is_address, parse_address
from dvox_core.remote.bookmarks import place_named
from viewer.settings import Settings


def place_of_user(text: str, there: str | None, remote_python: str) -> Path:
    """The path of what is named; the Python of a host is remembered where one is named.

    Raises:
        UserError: the address cannot be read.
    """
    if not is_address(text):
        return place_named(text, there, remote_python)
    from viewer.app.application import name_application

    name_application()
    return remembered_place(text, there, remote_python, Settings.of_user())


def remembered_place(text: str, there: str | None, remote_python: str, settings: Settings) -> Path:
    """As `place_of_user`, of a place on another machine and by these settings."""
    host = parse_address(text, there or "").host_text
    python = remote_python or settings.remote_python(host)
    path = place_named(text, there, python)
    settings.remember_host(host, python)
    return path
