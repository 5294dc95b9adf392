#!/usr/bin/env bash
# Sets up what `make run` (argument: run) or `make test` (argument: test) needs: system packages
# where that is allowed, then a virtual environment in .venv. Does only what is missing, so a
# second call returns at once, and a call after an interrupted one repairs what is half done.
#
#   PYTHON=python3.12     the Python to make .venv with (3.11 or newer)
#   DVOX_TEST_SSH=1       for test: install openssh-server too, which tests start on a port of their own
#   DVOX_NO_INSTALL=1     name missing system packages, never install them
set -euo pipefail
cd "$(dirname "$0")/.."

purpose="${1:?usage: set_up.sh run|test}"
venv_python=.venv/bin/python

# Debian's names; a|b: either will do (the name changed between releases).
window_packages=(
    libgl1 libglx-mesa0 libgl1-mesa-dri libegl1
    libx11-xcb1 libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0
    libxcb-render-util0 libxcb-shape0 libxcb-shm0 libxcb-sync1 libxcb-xfixes0 libxcb-xkb1
    libxkbcommon0 libxkbcommon-x11-0 libwayland-cursor0
    libdbus-1-3 "libglib2.0-0|libglib2.0-0t64" fontconfig fonts-dejavu-core
)
test_packages=(xvfb xauth)
# Tests of ssh are skipped without it. Only if asked for, as Debian starts its service at once.
if [ -n "${DVOX_TEST_SSH:-}" ]; then test_packages+=(openssh-server); fi

say() { printf 'dvox: %s\n' "$*" >&2; }

find_python() {
    local candidate
    for candidate in ${PYTHON:+"$PYTHON"} python3 python3.13 python3.12 python3.11; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            printf '%s\n' "$candidate"
            return
        fi
    done
    return 1
}

missing_packages() {
    local wanted installed package names
    wanted=("${window_packages[@]}")
    if [ "$purpose" = test ]; then wanted+=("${test_packages[@]}"); fi
    # Words of one query: dpkg-query fails when it does not know one, and still lists the others.
    names="$(printf '%s\n' "${wanted[@]}" | tr '|' '\n')"
    # shellcheck disable=SC2086
    installed="$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' $names 2>/dev/null || true)"
    for package in "${wanted[@]}"; do
        if ! grep -qxE "(${package//./\\.}) installed" <<<"$installed"; then
            printf '%s\n' "${package%%|*}"
        fi
    done
    if ! python="$(find_python)"; then
        printf 'python3\npython3-venv\n'
    elif ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        printf 'python3-venv\n'
    fi
}

install_system_packages() {
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        return 0  # not Debian or a relative of it
    fi
    local missing as_root=()
    missing="$(missing_packages | tr '\n' ' ')"
    missing="${missing% }"
    if [ -z "$missing" ]; then return 0; fi
    if [ -n "${DVOX_NO_INSTALL:-}" ]; then
        as_root=(false)
    elif [ "$(id -u)" -ne 0 ]; then
        if sudo -n true 2>/dev/null; then as_root=(sudo -n); else as_root=(false); fi
    fi
    if [ "${as_root[*]-}" != false ]; then
        say "installing system packages: $missing"
        ${as_root[@]+"${as_root[@]}"} apt-get update -qq >/dev/null 2>&1 || true
        # shellcheck disable=SC2086
        if ${as_root[@]+"${as_root[@]}"} env DEBIAN_FRONTEND=noninteractive \
            apt-get install -y -qq --no-install-recommends $missing >/dev/null; then
            return 0
        fi
    fi
    say "system packages are missing; install them with: sudo apt-get install $missing"
}

# What is installed follows from these; kept whole, as comparing is all that is needed.
present_key() { pwd; readlink -f "$venv_python"; cat pyproject.toml constraints.txt; }

is_set_up() {
    local stamp key
    key="$(present_key)"
    # An environment for the tests is also one to run in.
    for stamp in ".venv/set-up-$purpose" .venv/set-up-test; do
        if [ -x "$venv_python" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$key" ]; then return 0; fi
    done
    return 1
}

set_up_environment() {
    local python extras=
    if is_set_up; then return 0; fi
    if command -v flock >/dev/null; then
        exec 9<pyproject.toml
        flock 9  # two calls at once would write over each other
        if is_set_up; then return 0; fi
    fi
    if ! python="$(find_python)"; then
        say "Python 3.11 or newer is needed; install it, or name it: make $purpose PYTHON=/path/to/it"
        exit 1
    fi
    if ! "$venv_python" -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
            say "$python cannot make a virtual environment: its venv module (python3-venv) is missing"
            exit 1
        fi
        say "making a virtual environment in .venv with $("$python" --version)"
        "$python" -m venv --clear .venv
    fi
    if [ -e .venv/unfinished ]; then
        say "the last set-up was interrupted; repairing .venv"
        "$venv_python" scripts/repair_packages.py
    fi
    if [ "$purpose" = test ]; then extras="[dev]"; fi
    say "installing Python packages into .venv (the first time takes some minutes)"
    touch .venv/unfinished
    if ! "$venv_python" -m pip install --disable-pip-version-check --no-input \
        --constraint constraints.txt --editable ".$extras"; then
        say "Python packages could not be installed (see above); the same command tries again"
        exit 1
    fi
    present_key >".venv/set-up-$purpose"
    rm -f .venv/unfinished
}

install_system_packages
set_up_environment
