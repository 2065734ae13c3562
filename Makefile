# Every command of the project; `make help` lists them. It needs a python3 with pip, which fetches uv.
PYTHON ?= >=3.11,<3.14  # which Python uv takes
UV := $(or $(shell command -v uv),.venv-uv/bin/uv)
LOCK = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate
BIN := .venv/bin
INSTALLED := .venv/.installed
# Most trials wait most of the time; at most three use the processor.
TRIALS = $(BIN)/python -m pytest -m '' -n 16 --dist loadgroup integration_tests/trials
# The demo needs half of the packages: where nothing is installed yet, it gets an environment of its own.
DEMO := $(if $(wildcard $(INSTALLED)),.venv,.venv-demo)

.DEFAULT_GOAL := help
.PHONY: help install demo sandbox test lint format generate lock image trials compatibility bench clean

help:  ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

.venv-uv/bin/uv:
	@python3 -m pip install --quiet --disable-pip-version-check --target .venv-uv uv==0.13.9

%/.installed: requirements/dev.txt pyproject.toml | $(UV)
	@echo "Installing into $(@D), once: a minute or two."
	@$(@D)/bin/python -V >/dev/null 2>&1 || $(UV) venv --quiet --clear --python '$(strip $(PYTHON))' $(@D)
	@$(UV) pip $(if $(filter .venv,$(@D)),sync --require-hashes,install --group demo --editable .[duckdb] --constraint) \
		requirements/dev.txt --quiet --compile-bytecode --python $(@D)
	@$(UV) pip install --quiet --no-deps --editable . --python $(@D)
	@touch $@

install: $(INSTALLED)  ## set up .venv with everything, from the lock file

demo: $(DEMO)/.installed  ## a first sync, new activity, a second sync: sandbox to DuckDB, with a chart
	@$(DEMO)/bin/python -m demo

sandbox: $(INSTALLED)  ## start the sandbox API alone and print the config to use
	@$(BIN)/python -m sandbox

test: lint  ## lint, types, unit and integration tests
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

lock: $(UV)  ## resolve the dependencies anew; UPGRADE=--upgrade takes newer versions
	$(LOCK) $(UPGRADE) --all-extras --group dev pyproject.toml --output-file requirements/dev.txt
	$(LOCK) --constraint requirements/dev.txt pyproject.toml --output-file requirements/connector.txt

image: $(INSTALLED)  ## build the image and call it (docker, or buildah where there is no engine)
	$(BIN)/python -m pytest -m image integration_tests/entrypoints

trials: $(INSTALLED)  ## every fault on both forms, writes docs/trials.md (under 30 minutes)
	$(TRIALS)/test_trials.py --page docs/trials.md

compatibility: $(INSTALLED)  ## the manifest alone on other CDKs, writes docs/compatibility.md (minutes)
	$(TRIALS)/test_compatibility.py --page docs/compatibility.md

bench: $(INSTALLED)  ## compare with other tools, writes docs/benchmarks.md
	$(BIN)/python -m benchmarks

clean:  ## remove the environments and everything built
	rm -rf .venv .venv-* build dist .mypy_cache .ruff_cache .pytest_cache
