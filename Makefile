# `make help` lists what there is. Each target sets up what it needs first.
SHELL := /bin/bash
.DEFAULT_GOAL := help
export SCENE PYTHON

.PHONY: help run test lint coverage bench fuzz soak wheel bundle clean

help:  ## List the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## */  make \1\t/' | expand -t 18

run:  ## Open the window; SCENE=file opens that scene. Without a display: pictures
	@scripts/set_up.sh run
	@scripts/run.sh

test:  ## Run every check and every test
	@scripts/set_up.sh test
	@scripts/run_tests.sh

lint:  ## Run the checks without the tests
	@scripts/set_up.sh test
	@scripts/run_tests.sh lint

coverage:  ## Run the core's tests and list the lines that none of them runs
	@scripts/set_up.sh test
	@OMP_NUM_THREADS=1 .venv/bin/python -m pytest -q -n 2 --cov --cov-report=term \
		--cov-report=html:build/coverage tests/core tests/test_*.py

bench:  ## Time the renderers; SCENE=file times that scene, else a full-size model
	@scripts/set_up.sh run
	@.venv/bin/python main.py bench $${SCENE:+"$$SCENE"}

fuzz:  ## Feed broken files to every reader for SECONDS=60; finds lie in fuzz_finds/
	@scripts/set_up.sh test
	@.venv/bin/python -m tests.fuzz --seconds $(or $(SECONDS),60)

soak:  ## Use the window for MINUTES=30; tell what it holds for good. Without a display: Xvfb
	@scripts/set_up.sh run
	@$(if $(or $(DISPLAY),$(WAYLAND_DISPLAY),$(filter Darwin,$(shell uname -s))),,xvfb-run -a -s \
		"-screen 0 1400x900x24 +extension GLX") \
		.venv/bin/python scripts/soak.py --minutes $(or $(MINUTES),30)

wheel:  ## Build dist/dvox-….whl, which runs from any folder
	@scripts/set_up.sh run
	@.venv/bin/python -m pip wheel --quiet --no-deps --wheel-dir dist .
	@ls -sh dist/*.whl

bundle:  ## Build dist/dvox/, a folder that runs without Python
	@scripts/set_up.sh run
	@.venv/bin/python scripts/bundle/build.py

clean:  ## Remove caches and build leftovers; .venv and pictures stay
	@rm -rf build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis \
		.import_linter_cache .coverage .coverage.*
	@find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +
