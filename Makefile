# Every command of the project; `make help` lists them. Needs python3 (3.11 to 3.13) and a registry
# of Python packages; everything else is installed into .venv.
SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))
PYTHON ?= $(shell for each in python3 python3.13 python3.12 python3.11; do \
	$$each -c '$(SUPPORTED)' 2>/dev/null && echo $$each && break; done)
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
# The demo needs a third of it: where nothing is installed yet, it gets an environment of its own.
DEMO_VENV := $(if $(wildcard $(INSTALLED)),$(VENV),.venv-demo)
LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

# An environment whose Python is gone or not supported is made anew.
usable = $(shell $(1)/bin/python -c '$(SUPPORTED)' 2>/dev/null && echo yes)
ifneq ($(call usable,$(VENV)),yes)
$(INSTALLED): unusable
endif
ifneq ($(call usable,.venv-demo),yes)
.venv-demo/.installed: unusable
endif
.PHONY: unusable
unusable:

# $(call set_up,folder,requirements): the folder, with what the lock file says and this project.
define set_up
	@[ -n "$(PYTHON)" ] || { echo "Python 3.11 to 3.13 is needed: make $@ PYTHON=/path/to/python3.12"; exit 1; }
	@echo "Installing into $(1), once: up to a minute ($$($(PYTHON) -V))."
	@$(1)/bin/python -c '$(SUPPORTED)' 2>/dev/null || rm -rf $(1)
	@$(PYTHON) -m venv $(1)
	@$(1)/bin/python -m pip install --quiet --disable-pip-version-check 'uv==0.13.8'
	@echo "  $$(grep -c == $(2)) packages ..."
	@$(1)/bin/uv pip sync --quiet --python $(1)/bin/python --require-hashes $(3) $(2)
	@$(1)/bin/python -m pip --version >/dev/null 2>&1 || $(1)/bin/python -m ensurepip >/dev/null
	@$(1)/bin/uv pip install --quiet --python $(1)/bin/python --no-deps --editable .
	@touch $(1)/.installed
endef

.DEFAULT_GOAL := help
.PHONY: help install demo sandbox test lint format generate lock image trials compatibility bench clean

help:  ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

install: $(INSTALLED)  ## set up .venv with everything, from the lock file

$(INSTALLED): requirements/dev.txt pyproject.toml
	$(call set_up,$(VENV),requirements/dev.txt,--compile-bytecode)

.venv-demo/.installed: requirements/demo.txt pyproject.toml
	$(call set_up,.venv-demo,requirements/demo.txt)

demo: $(DEMO_VENV)/.installed  ## a first sync, new activity, a second sync: sandbox to DuckDB, with a chart
	@$(DEMO_VENV)/bin/python -m demo

sandbox: $(INSTALLED)  ## start the sandbox API alone and print the config to use
	@$(BIN)/python -m sandbox

test: lint $(INSTALLED)  ## lint, types, unit and integration tests
	$(BIN)/python -m pytest -n 2 --dist worksteal

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
	$(LOCK) --extra test --extra demo --extra pyairbyte pyproject.toml --output-file requirements/dev.txt
	$(LOCK) --constraint requirements/dev.txt --extra demo pyproject.toml --output-file requirements/demo.txt
	$(LOCK) --constraint requirements/dev.txt pyproject.toml --output-file requirements/connector.txt

image: $(INSTALLED)  ## build the image for real and call it (docker, or buildah where there is no engine)
	$(BIN)/python -m pytest -m image integration_tests/entrypoints

trials: $(INSTALLED)  ## every bad day on both forms, writes docs/trials.md (under 30 minutes)
	$(BIN)/python -m trials

compatibility: $(INSTALLED)  ## the manifest alone under old CDKs, writes docs/compatibility.md (minutes)
	$(BIN)/python -m trials.compatibility

bench: $(INSTALLED)  ## against its peers, writes docs/benchmarks.md
	$(BIN)/python -m benchmarks

clean:  ## remove .venv and everything built
	rm -rf $(VENV) .venv-demo .venv-cdk build dist .mypy_cache .ruff_cache .pytest_cache
