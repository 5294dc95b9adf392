"""The program in the desktop's menu, and its file type."""

import configparser
import shlex
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from dvox_core.cli import install_desktop
from dvox_core.cli.app import COMMANDS, run_command_line

pytestmark = pytest.mark.skipif(
    sys.platform in ("win32", "darwin"), reason="for desktops that follow freedesktop.org"
)


@pytest.fixture
def quiet(monkeypatch):
    """No tool of this machine's desktop is called."""
    told = []
    monkeypatch.setattr(install_desktop, "_tell", lambda command: told.append(command) or True)
    return told


def test_an_entry_an_icon_and_a_file_type_are_written_and_removed(tmp_path, quiet, capsys):
    assert run_command_line(["install-desktop", "--prefix", str(tmp_path)], COMMANDS) == 0
    entry = configparser.ConfigParser(interpolation=None)
    entry.optionxform = str
    entry.read(tmp_path / "applications" / "dvox.desktop")
    facts = entry["Desktop Entry"]
    *program, command, file = shlex.split(facts["Exec"])
    assert (command, file) == ("view", "%f")
    assert all(Path(word).exists() for word in program)
    icon = tmp_path / "icons" / "hicolor" / "scalable" / "apps" / f"{facts['Icon']}.svg"
    assert ElementTree.parse(icon).getroot().tag.endswith("svg")
    kinds = ElementTree.parse(tmp_path / "mime" / "packages" / "dvox.xml").getroot()
    (kind,) = kinds
    assert facts["MimeType"] == f"{kind.get('type')};"
    assert [part.get("pattern") for part in kind if part.tag.endswith("glob")] == ["*.dvox"]
    assert ("update-mime-database", str(tmp_path / "mime")) in quiet
    assert (
        run_command_line(["install-desktop", "--remove", "--prefix", str(tmp_path)], COMMANDS) == 0
    )
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert "Removed" in capsys.readouterr().out


def test_paths_with_spaces_and_signs_are_quoted_as_the_standard_says():
    line = install_desktop.desktop_entry(["/a b/100%/dvox", '/c"$d'])
    (exec_line,) = [row for row in line.splitlines() if row.startswith("Exec=")]
    assert exec_line == 'Exec="/a b/100%%/dvox" "/c\\\\"\\\\$d" view %f'


def test_an_installed_program_is_named_by_its_whole_path(tmp_path, monkeypatch):
    script = tmp_path / "dvox"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["dvox"])
    assert install_desktop.program_words() == [str(script)]
