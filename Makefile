# Every command of the project; `make help` lists them. Needs python3 (3.11 to 3.13) and a registry
# of Python packages; everything else is installed into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

.DEFAULT_GOAL := help
.PHONY: help install demo sandbox test lint format generate lock image trials bench clean

help:  ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

install: $(INSTALLED)  ## set up .venv with everything, from the lock file

$(INSTALLED): requirements/dev.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv==0.13.8'
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes --compile-bytecode requirements/dev.txt
	$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

demo: $(INSTALLED)  ## a first sync, new activity, a second sync: sandbox to DuckDB, with a chart
	@$(BIN)/python -m demo

sandbox: $(INSTALLED)  ## start the sandbox API alone and print the config to use
	@$(BIN)/python -m sandbox

test: lint $(INSTALLED)  ## lint, types, unit and integration tests
	$(BIN)/python -m pytest

lint: $(INSTALLED)  ## ruff, mypy, generated files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m tools.generate --check

format: $(INSTALLED)  ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

generate: $(INSTALLED)  ## write what is derived from schemas and catalogue
	$(BIN)/python -m tools.generate

lock: $(INSTALLED)  ## resolve the dependencies anew into requirements/
	$(LOCK) --extra test --extra demo pyproject.toml --output-file requirements/dev.txt
	$(LOCK) --constraint requirements/dev.txt pyproject.toml --output-file requirements/connector.txt

image: $(INSTALLED)  ## build the image for real and call it (docker, or buildah where there is no engine)
	$(BIN)/python -m pytest -m image integration_tests/entrypoints/test_image.py

trials: $(INSTALLED)  ## every bad day on both forms, writes docs/trials.md (under 30 minutes)
	$(BIN)/python -m trials

bench: $(INSTALLED)  ## against its peers, writes docs/benchmarks.md
	$(BIN)/python -m benchmarks

clean:  ## remove .venv and everything built
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache
