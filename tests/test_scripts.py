"""What `make` calls: set-up, running and testing, tried on a project of stand-ins."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[1] / "scripts"

FAKE_PYTHON = """#!/bin/bash
echo "python $*"
case "$*" in *${FAILING:-nothing fails}*) exit 3;; esac
"""


class Project:
    """A folder with the scripts, a Python that only says what it was asked, and fake tools."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.tools = root / "tools"
        shutil.copytree(SCRIPTS, root / "scripts")
        (root / "pyproject.toml").write_text("[project]\n")
        (root / "constraints.txt").write_text("")
        self.add_tool(root / ".venv/bin/python", FAKE_PYTHON)
        key = f"{root}\n{root / '.venv/bin/python'}\n[project]\n"
        (root / ".venv/set-up-test").write_text(key)
        self.add_tool(self.tools / "Xvfb", "#!/bin/bash\n")

    def add_tool(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)

    def call(self, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": f"{self.tools}:{os.environ['PATH']}", **variables}
        return subprocess.run(
            [self.root / "scripts" / command[0], *command[1:]],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def project(tmp_path: Path) -> Project:
    if shutil.which("bash") is None or os.name != "posix":
        pytest.skip("the scripts are for bash")
    return Project(tmp_path.resolve())


def test_missing_system_packages_are_named_in_one_line_where_they_may_not_be_installed(
    project: Project,
) -> None:
    project.add_tool(project.tools / "dpkg-query", "#!/bin/bash\necho libgl1 installed\nexit 1\n")
    project.add_tool(project.tools / "apt-get", f"#!/bin/bash\ntouch {project.root}/called\n")
    done = project.call("set_up.sh", "test", DVOX_NO_INSTALL="1")
    assert done.returncode == 0
    lines = (done.stdout + done.stderr).splitlines()
    assert len(lines) == 1
    assert "sudo apt-get install" in lines[0]
    named = lines[0].partition("install ")[2].split()
    assert {"xvfb", "libxcb-cursor0", "libglib2.0-0"} <= set(named)
    assert "libgl1" not in named
    assert not (project.root / "called").exists()


def test_set_up_is_silent_where_all_is_there(project: Project) -> None:
    project.add_tool(
        project.tools / "dpkg-query",
        '#!/bin/bash\nfor name in "${@:4}"; do echo "$name installed"; done\n',
    )
    done = project.call("set_up.sh", "run")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_changed_pyproject_is_installed_again(project: Project) -> None:
    (project.root / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    done = project.call("set_up.sh", "test", DVOX_NO_INSTALL="1")
    assert done.returncode == 0
    assert "--constraint constraints.txt --editable .[dev]" in done.stdout
    assert not (project.root / ".venv/unfinished").exists()
    assert "installing" not in project.call("set_up.sh", "test", DVOX_NO_INSTALL="1").stderr


def test_a_failed_installation_is_repaired_by_the_next_call(project: Project) -> None:
    (project.root / ".venv/set-up-test").unlink()
    failed = project.call("set_up.sh", "run", DVOX_NO_INSTALL="1", FAILING="pip install")
    assert failed.returncode == 1
    assert not (project.root / ".venv/set-up-run").exists()
    again = project.call("set_up.sh", "run", DVOX_NO_INSTALL="1")
    assert again.returncode == 0
    assert again.stdout.index("repair_packages.py") < again.stdout.index("pip install")


def test_run_opens_the_scene_that_is_named(project: Project) -> None:
    done = project.call("run.sh", SCENE="a scene.dvox", DISPLAY=":0")
    assert done.stdout == "python main.py view a scene.dvox\n"


def test_run_opens_the_sample_scene_or_else_the_welcome_page(project: Project) -> None:
    assert project.call("run.sh", DISPLAY=":0").stdout == "python main.py view\n"
    project.add_tool(project.root / "assets/sample.dvox", "")
    done = project.call("run.sh", WAYLAND_DISPLAY="wayland-0")
    assert done.stdout == "python main.py view assets/sample.dvox\n"


@pytest.mark.skipif(sys.platform == "darwin", reason="there is always a display")
def test_run_renders_pictures_where_there_is_no_display(project: Project) -> None:
    done = project.call("run.sh", SCENE="x.dvox")
    assert done.stdout == "python main.py render x.dvox --out pictures\n"
    assert len(done.stderr.splitlines()) == 1
    assert "no display" in done.stderr
    assert project.call("run.sh", SCENE="x.dvox", FAILING="render").returncode == 3


@pytest.mark.skipif(sys.platform == "darwin", reason="there is always a display")
def test_run_without_display_and_scene_says_what_to_do(project: Project) -> None:
    done = project.call("run.sh")
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert "SCENE=" in done.stderr


@pytest.mark.parametrize(
    ("failing", "name"),
    [
        ("ruff format", "ruff format"),
        ("mypy", "mypy"),
        ("importlinter", "import-linter"),
        ("tests/core", "tests of the core"),
        ("tests/viewer", "tests of the viewer, without OpenGL"),
    ],
)
def test_a_failing_check_fails_the_whole_and_is_named_at_the_end(
    project: Project, failing: str, name: str
) -> None:
    done = project.call("run_tests.sh", FAILING=failing)
    assert done.returncode == 1
    last_line = done.stdout.splitlines()[-1]
    assert last_line.startswith("FAILED:")
    assert f" {name};" in last_line


def test_all_checks_passing_ends_with_success(project: Project) -> None:
    done = project.call("run_tests.sh")
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1].startswith("All checks passed")
    tests = ("tests/core", "tests/viewer/viewport", "tests/viewer\n")
    for part in ("ruff check", "ruff format --check", "mypy", "importlinter", *tests):
        assert part in done.stdout
