"""What the bare program does with its arguments."""

import importlib

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


@pytest.mark.parametrize("place", main.WINDOW_COMMANDS.values())
def test_the_window_commands_are_where_the_entry_looks_for_them(place):
    module, _, name = place.partition(":")
    assert callable(getattr(importlib.import_module(module), name).run)


def test_what_comes_with_the_program_is_found():
    from dvox_core.program import MAIN
    from viewer.app.application import SAMPLE
    from viewer.app.command import SAMPLE_SCENE
    from viewer.controllers.training_wizard import SAMPLE_CAPTURE

    assert SAMPLE.is_file()
    assert SAMPLE_SCENE.is_file()
    assert MAIN.is_file()
    assert SAMPLE_CAPTURE.is_dir()
