#!/usr/bin/env bash
# What `make run` does once everything is set up: opens SCENE, else the sample scene, else the
# welcome page. Without a display it renders pictures of the scene instead.
set -euo pipefail
cd "$(dirname "$0")/.."

python=.venv/bin/python
scene="${SCENE:-}"
if [ -z "$scene" ] && [ -f assets/sample.dvox ]; then scene=assets/sample.dvox; fi

has_display() {
    [ "$(uname -s)" = Darwin ] || [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]
}

if has_display; then
    exec "$python" main.py view ${scene:+"$scene"}
elif [ -n "$scene" ]; then
    echo "dvox: no display, so no window: rendering pictures of $scene into pictures/ instead" >&2
    exec "$python" main.py render "$scene" --out pictures
else
    echo "dvox: no display, so no window; to render pictures: make run SCENE=path/to/scene.dvox" >&2
    exit 2
fi
