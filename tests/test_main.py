"""What the bare program does with its arguments."""

import pytest

import main
from dvox_core.cli import app


@pytest.fixture
def calls(monkeypatch):
    """The arguments that reach the command line, instead of running it."""
    received = []
    monkeypatch.setattr(
        app, "run_command_line", lambda arguments, *rest: received.append(arguments) or 0
    )
    return received


def test_a_bare_call_opens_the_window(calls):
    assert main.main([]) == 0
    assert calls == [["view"]]


def test_a_scene_without_a_sub_command_is_viewed(calls, tmp_path):
    scene = tmp_path / "scene.dvox"
    scene.touch()
    main.main([str(scene), "--mode", "depth"])
    main.main(["--screenshot", "out.png"])
    assert calls == [["view", str(scene), "--mode", "depth"], ["view", "--screenshot", "out.png"]]


def test_sub_commands_and_help_are_passed_on(calls):
    main.main(["info", "x.dvox"])
    main.main(["--help"])
    assert calls == [["info", "x.dvox"], ["--help"]]


def test_a_word_that_is_neither_is_one_line(calls, capsys):
    assert main.main(["rendr"]) == app.BAD_INPUT
    assert calls == []
    error = capsys.readouterr().err
    assert len(error.splitlines()) == 1
    assert "render" in error
