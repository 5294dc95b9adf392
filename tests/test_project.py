"""The project keeps its own promises: documents, versions, paths and the shape of its modules."""

import ast
import importlib.util
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from dvox_core.cli.app import COMMANDS

ROOT = Path(__file__).parents[1]
LONGEST_MODULE = 450  # lines
X_SOCKETS = "/tmp/.X11-unix"  # the same on every machine
DOCUMENTS = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"]
DOCUMENTS += ["docs/guide.md", "docs/library.md", "docs/cluster.md"]


def git_files(*options: str) -> list[Path]:
    """Files that git lists, as far as they are there; skips where this is no checkout."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z", *options], cwd=ROOT, capture_output=True, check=True
        ).stdout.decode()
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout, so what belongs to the project is not known")
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def modules() -> list[Path]:
    """Every Python file of the project but its tests, new ones too."""
    found = [p for p in git_files("-co", "--exclude-standard") if p.suffix == ".py"]
    return [p for p in found if "tests" not in p.relative_to(ROOT).parts]


def text_of(path: Path | str) -> str:
    """The text of a file, named from the project's root or in full."""
    return (ROOT / path).read_text(encoding="utf-8")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def sub_commands() -> set[str]:
    """Every sub-command of main.py, as it offers them itself."""
    spec = importlib.util.spec_from_file_location("entry", ROOT / "main.py")
    assert spec is not None
    assert spec.loader is not None
    entry = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(entry)
    return set(COMMANDS) | set(entry.WINDOW_COMMANDS)


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z][\w-]*):", text_of("Makefile"), re.MULTILINE))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_make_commands_in_the_documents_exist(document: str) -> None:
    text = text_of(document)
    named = set(re.findall(r"(?:`|^)make ([a-z][\w-]*)", text, re.MULTILINE))
    assert named <= make_targets()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_sub_commands_in_the_documents_exist(document: str) -> None:
    named = re.findall(r"python main\.py ([a-z][\w-]*)", text_of(document))
    assert set(named) <= sub_commands()


def test_the_readme_and_the_guide_tell_of_every_sub_command() -> None:
    table = set(re.findall(r"^\| `([a-z-]+)` \|", text_of("README.md"), re.MULTILINE))
    headings = set(re.findall(r"^### ([a-z-]+)$", text_of("docs/guide.md"), re.MULTILINE))
    assert table == sub_commands()
    assert headings == sub_commands()


def test_the_readme_starts_with_the_two_commands() -> None:
    first_block = re.search(r"```\w*\n(.*?)```", text_of("README.md"), re.DOTALL)
    assert first_block is not None
    commands = [line.split("#")[0].strip() for line in first_block[1].splitlines()]
    assert commands == ["make run", "make test"]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_local_links_in_the_documents_lead_somewhere(document: str) -> None:
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", text_of(document))
    folder = (ROOT / document).parent
    missing = [link for link in links if "://" not in link and not (folder / link).exists()]
    assert missing == []


def test_no_tracked_file_names_a_place_on_somebodys_machine() -> None:
    places = ["work", "tm[p]", "root", "home/[a-z]", "Users/[A-Za-z]", "opt/[a-z]"]
    pattern = re.compile(rf"(?<![\w.:/~}}*-])/(?:{'|'.join(places)})[\w-]*(?:/|\b)")
    found = []
    for path in git_files():
        try:
            text = text_of(path)
        except UnicodeDecodeError:
            continue  # a picture or a scene
        for number, line in enumerate(text.splitlines(), start=1):
            if pattern.search(line.replace(X_SOCKETS, "")):
                found.append(f"{name_of(path)}:{number}: {line.strip()[:80]}")
    assert found == []


def test_changelog_and_citation_know_the_present_version() -> None:
    version = tomllib.loads(text_of("pyproject.toml"))["project"]["version"]
    headings = re.findall(r"^## (\S+)", text_of("CHANGELOG.md"), re.MULTILINE)
    assert headings[0] == version
    assert f"\nversion: {version}\n" in text_of("CITATION.cff")


def test_every_module_opens_with_its_job_in_one_line() -> None:
    without = []
    for path in modules():
        lines = (ast.get_docstring(ast.parse(text_of(path))) or "").splitlines()
        one_line = lines and lines[0].endswith(".") and (len(lines) == 1 or not lines[1])
        if not one_line:
            without.append(name_of(path))
    assert without == []


def test_no_module_is_too_long_to_read() -> None:
    lengths = {name_of(path): len(text_of(path).splitlines()) for path in modules()}
    assert {name: n for name, n in lengths.items() if n > LONGEST_MODULE} == {}


def test_scripts_and_the_check_command_can_be_executed() -> None:
    commands = [ROOT / ".ci/run", *(ROOT / "scripts").glob("*.sh")]
    assert len(commands) >= 4
    for path in commands:
        assert path.stat().st_mode & 0o111, path
        assert text_of(path).startswith("#!/usr/bin/env bash\n"), path


def test_repair_removes_what_pip_did_not_finish_and_nothing_else(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("repair", ROOT / "scripts/repair_packages.py")
    assert spec is not None
    assert spec.loader is not None
    repair = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(repair)

    finished = tmp_path / "good-1.0.dist-info"
    finished.mkdir()
    (finished / "RECORD").write_text("good.py,,\ngood-1.0.dist-info/INSTALLER,sha256=x,4\n")
    half_way = tmp_path / "half-1.0.dist-info"
    half_way.mkdir()
    (half_way / "RECORD").write_text("half.py,,\n")
    barely_begun = tmp_path / "begun-1.0.dist-info"
    barely_begun.mkdir()
    (tmp_path / "~ood").mkdir()
    (tmp_path / "good.py").touch()

    removed = repair.remove_unfinished(tmp_path)

    assert removed == ["begun-1.0.dist-info", "half-1.0.dist-info", "~ood"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["good-1.0.dist-info", "good.py"]


def test_the_architecture_names_only_files_and_classes_that_are_there() -> None:
    text = text_of("ARCHITECTURE.md")
    files = [f"/{name_of(path)}" for path in git_files("-co", "--exclude-standard")]
    named = set(re.findall(r"`([a-z_0-9/]+\.py)`", text))
    assert {name for name in named if not any(file.endswith(f"/{name}") for file in files)} == set()
    words = {word for path in modules() for word in re.findall(r"[A-Z]\w+", text_of(path))}
    assert set(re.findall(r"`([A-Z]\w+)`", text)) - words == set()
