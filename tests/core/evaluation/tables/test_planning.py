"""A table's plan: names, systems, budgets, and the command line that asks for it."""

from pathlib import Path

import pytest

from dvox_core.cli.app import parse
from dvox_core.errors import UserError
from dvox_core.evaluation.tables.planning import plan_table, table_arguments

COMMANDS = {"table": "dvox_core.cli.table:MakeTable"}


def test_captures_of_one_name_are_numbered_and_names_are_safe_for_files() -> None:
    plan = plan_table([Path("/a/vase"), Path("/b/Vase"), Path("/b/my chair"), Path("/c/vase")])
    assert plan.captures == ("vase", "Vase-2", "my_chair", "vase-3")
    assert plan.path_of("vase-3") == Path("/c/vase")


def test_systems_stand_in_the_papers_order_and_cells_go_capture_by_capture() -> None:
    plan = plan_table([Path("/a"), Path("/b")], ("deepvoxels", "nearest"), seeds=2, steps=10)
    assert plan.systems == ("nearest", "deepvoxels")
    assert [str(key) for key in plan.keys] == [
        "a/nearest/0",
        "a/deepvoxels/0",
        "a/deepvoxels/1",
        "b/nearest/0",
        "b/deepvoxels/0",
        "b/deepvoxels/1",
    ]
    assert [key.file_name for key in plan.keys[:3]] == ["nearest", "deepvoxels", "deepvoxels-seed1"]


def test_the_budget_is_steps_or_minutes() -> None:
    assert plan_table([Path("/a")]).minutes == 10.0
    by_steps = plan_table([Path("/a")], steps=200)
    assert (by_steps.steps, by_steps.minutes) == (200, None)
    assert by_steps.share(50, 99.0) == 0.25
    assert plan_table([Path("/a")], minutes=4).share(9999, 1.0) == 0.25
    assert by_steps.share(500, 0.0) == 1.0


@pytest.mark.parametrize(
    ("arguments", "options", "problem"),
    [
        ([], {}, "no capture is given"),
        (["/a/vase", "/a/../a/vase"], {}, "is given twice"),
        (["/a"], {"systems": ("pix2pics",)}, r"“pix2pics” is no system; did you mean pix2pix\?"),
        (["/a"], {"systems": ()}, "no system is given"),
        (["/a"], {"preset": "huge"}, "“huge” is no preset"),
        (["/a"], {"steps": 5, "minutes": 1.0}, "--steps and --minutes exclude each other"),
        (["/a"], {"steps": 0}, "--steps 0: write a number above 0"),
        (["/a"], {"minutes": float("nan")}, "--minutes nan"),
        (["/a"], {"seeds": -1}, "--seeds -1"),
        (["/a"], {"size": 100}, "--size 100: write 128, 256"),
        (["/a"], {"size": 64}, "--size 64"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(arguments, options, problem) -> None:
    with pytest.raises(UserError, match=problem) as error:
        plan_table([Path(text) for text in arguments], **options)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "options", [{"steps": 300, "size": 256, "loss": "paper", "seeds": 3}, {"minutes": 2.5}]
)
def test_the_command_line_asks_for_the_same_plan(options) -> None:
    plan = plan_table([Path("/a/vase"), Path("/b/vase")], ("nearest", "worrall"), **options)
    arguments = table_arguments(plan, Path("/out"), workers=2, threads=3)
    command = parse(arguments, COMMANDS, "")
    assert command._plan() == plan
    assert (command.out, command.workers, command.threads) == (Path("/out"), 2, 3)
