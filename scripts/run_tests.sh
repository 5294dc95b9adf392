#!/usr/bin/env bash
# What `make test` and `make lint` do once everything is set up: every check runs, even after one
# has failed; the end says which failed. With the argument `lint`, only the checks without tests.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

python="$PWD/.venv/bin/python"
failed=()

check() {
    local name="$1" start=$SECONDS
    shift
    printf '\n== %s\n' "$name"
    if "$@"; then
        printf '== %s: passed (%d s)\n' "$name" $((SECONDS - start))
    else
        printf '== %s: FAILED with exit code %d (%d s)\n' "$name" $? $((SECONDS - start))
        failed+=("$name")
    fi
}

check "ruff check" "$python" -m ruff check .
check "ruff format" "$python" -m ruff format --check .
check "mypy" "$python" -m mypy
check "import-linter" "$python" -c \
    'from importlinter.cli import lint_imports_command; lint_imports_command()'

if [ "${1:-}" != lint ]; then
    # One thread a process: two processes on two cores, and the same sums on every machine.
    export OMP_NUM_THREADS=1
    # pyproject.toml says what share of the core's lines they must run at least.
    check "tests of the core" "$python" -m pytest -q -n 2 --no-xvfb --cov --cov-report= \
        tests/core tests/fuzz tests/test_*.py
    # In percent; fails below `fail_under` of pyproject.toml.
    check "lines of the core that its tests run" "$python" -m coverage report --format=total
    if command -v Xvfb >/dev/null; then
        # The rooms that paint, or that speak with a window system. Each process gets a screen of its
        # own (pytest-xvfb), so that no window takes another's focus. By itself the program passes
        # software OpenGL over, so it is asked for; what it says of its own choice is tested without.
        check "tests of the viewer, with OpenGL" env -u WAYLAND_DISPLAY QT_QPA_PLATFORM=xcb \
            DVOX_CANVAS=opengl "$python" -m pytest -q -n 2 --deselect \
            tests/viewer/viewport/overlays/test_hud.py::test_the_hud_says_what_paints_where_there_is_no_opengl \
            tests/viewer/{app,bench,panels,plots,view3d,viewport,widgets,window}
    else
        echo "dvox: Xvfb is missing, so the viewer's tests cannot run with OpenGL" >&2
        failed+=("tests of the viewer, with OpenGL")
    fi
    check "tests of the viewer, without OpenGL" env QT_QPA_PLATFORM=offscreen \
        "$python" -m pytest -q -n 2 --no-xvfb tests/viewer
fi

echo
if [ ${#failed[@]} -gt 0 ]; then
    printf 'FAILED:'
    printf ' %s;' "${failed[@]}"
    printf ' after %d s\n' "$SECONDS"
    exit 1
fi
printf 'All checks passed in %d s\n' "$SECONDS"
