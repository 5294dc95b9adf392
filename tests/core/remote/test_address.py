"""Addresses of other machines, and the bookmarks that stand for them."""

import pytest

from dvox_core.errors import UserError
from dvox_core.remote.address import is_address, parse_address
from dvox_core.remote.bookmarks import Bookmark, is_bookmark, place_named, read_bookmark


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("DVOX_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_an_address_names_user_host_port_and_path() -> None:
    address = parse_address("ssh://me@box:2222/scenes/my%20lego.dvox")
    assert (address.user, address.host, address.port) == ("me", "box", 2222)
    assert (address.path, address.name) == ("/scenes/my lego.dvox", "my lego.dvox")
    command = address.reached_by("~/venv/bin/python").command
    assert command[0] == "ssh"
    assert command[-7:] == (
        "-p",
        "2222",
        "-l",
        "me",
        "--",
        "box",
        "~/venv/bin/python -m main serve",
    )
    plain = parse_address("ssh://box/~/lego")
    assert plain.path == "~/lego"
    assert plain.reached_by().command[-3:] == ("--", "box", "dvox serve")
    assert str(plain) == "ssh://box/~/lego"
    assert is_address("ssh://x/y")
    assert not is_address("/ssh/x")


def test_a_pipe_is_any_command_with_a_path() -> None:
    address = parse_address("pipe:docker exec -i box python '/a b/main.py' serve", "/s.dvox")
    host = address.reached_by()
    assert host.command == ("docker", "exec", "-i", "box", "python", "/a b/main.py", "serve")
    assert (host.name, host.is_ssh, address.name) == ("docker", False, "s.dvox")


@pytest.mark.parametrize(
    ("text", "path", "words"),
    [
        ("ssh://box", "", "names no path"),
        ("ssh:///lego", "", "no host's name"),
        ("ssh://-oProxyCommand=x/lego", "", "no host's name"),
        ("ssh://-lx@box/lego", "", "no host's name"),
        ("ssh://box:0/lego", "", "no port"),
        ("ssh://box:99999/lego", "", "no port"),
        ("ssh://box/lego", "more", "belongs into the address"),
        ("http://box/lego", "", "no place on another machine"),
        ("pipe:serve", "", "name the scene's path"),
        ("pipe:", "x", "names no command"),
        ("pipe:'serve", "x", "mind the quotes"),
    ],
)
def test_what_is_no_address_is_said_in_one_line(text: str, path: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        parse_address(text, path)


def test_a_bookmark_is_a_path_that_stands_for_a_place(tmp_path) -> None:
    for text, there in (("ssh://me@box/s/lego.dvox", None), ("pipe:run  'a  b' //x", "/s/é.dvox")):
        path = place_named(text, there, "python3" if there is None else "")
        assert is_bookmark(path)
        assert read_bookmark(path).address == parse_address(text, there or "")
    assert place_named("some/file.dvox") == (place_named("some/file.dvox"))
    with pytest.raises(UserError, match="one scene is opened at a time"):
        place_named("a.dvox", "b.dvox")
    with pytest.raises(UserError, match="on this machine"):
        place_named("a.dvox", None, "python")


def test_a_bookmark_that_somebody_else_made_is_not_believed(tmp_path) -> None:
    path = Bookmark(parse_address("pipe:rm -r x", "/s")).write(tmp_path / "gift.remote")
    assert not is_bookmark(path)
    with pytest.raises(UserError, match="was not made here"):
        read_bookmark(path)


def test_a_broken_bookmark_is_said_in_one_line() -> None:
    path = Bookmark(parse_address("ssh://box/lego")).write()
    path.write_text('{"format": "dvox-remote", "pipe": 1}')
    with pytest.raises(UserError, match="the bookmark is broken"):
        read_bookmark(path)
