# Every command of the project; `make help` lists them. It needs a python3 with pip, which fetches uv.
PYTHON ?= >=3.11,<3.14  # which Python uv takes
UV := $(or $(shell command -v uv),.venv-uv/bin/uv)
RUN := .venv/bin/python -m
LOCK = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate
# Most trials wait most of the time; at most three use the processor.
TRIALS = $(RUN) pytest -m '' -n 16 --dist loadgroup integration_tests/trials
.PHONY: help install demo sandbox test pytest lint format generate lock image trials compatibility bench clean

help:  ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16
.venv-uv/bin/uv:
	@python3 -m pip install --quiet --disable-pip-version-check --target .venv-uv uv==0.13.9
.venv/.installed: requirements/dev.txt pyproject.toml | $(UV)
	@echo "Installing into .venv, once: a minute or two."
	@.venv/bin/python -V >/dev/null 2>&1 || $(UV) venv --quiet --clear --python '$(strip $(PYTHON))' .venv
	@$(UV) pip sync --require-hashes requirements/dev.txt --quiet --compile-bytecode --python .venv
	@$(UV) pip install --quiet --no-deps --editable . --python .venv
	@touch $@
install: .venv/.installed  ## set up .venv with everything, from the lock file
demo: install  ## a first sync, new activity, a second sync: sandbox to DuckDB, with a chart
	@$(RUN) demo
sandbox: install  ## start the sandbox API alone and print the config to use
	@$(RUN) sandbox
test: install  ## lint, types, unit and integration tests
	@$(MAKE) --no-print-directory --jobs=2 lint pytest
pytest: install
	$(RUN) pytest -n 4 --dist worksteal
lint: install  ## ruff, mypy, generated files
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy
	$(RUN) tools.generate --check
format: install  ## format the code
	$(RUN) ruff check --fix .
	$(RUN) ruff format .
generate: install  ## write what is derived from schemas and event types
	$(RUN) tools.generate
lock: $(UV)  ## resolve the dependencies anew; UPGRADE=--upgrade takes newer versions
	$(LOCK) $(UPGRADE) --all-extras --group dev pyproject.toml --output-file requirements/dev.txt
	$(LOCK) --constraint requirements/dev.txt pyproject.toml --output-file requirements/connector.txt
image: install  ## build the image and call it (docker, or buildah where there is no engine)
	$(RUN) pytest -m image integration_tests/entrypoints
trials: install  ## every fault on both forms, writes docs/trials.md (under 30 minutes)
	$(TRIALS)/test_trials.py --page docs/trials.md
compatibility: install  ## the manifest alone on other CDKs, writes docs/compatibility.md (minutes)
	$(TRIALS)/test_compatibility.py --page docs/compatibility.md
bench: install  ## compare with other tools, writes docs/benchmarks.md (25 minutes)
	$(RUN) benchmarks
clean:  ## remove the environments and everything built
	rm -rf .venv .venv-* build dist .mypy_cache .ruff_cache .pytest_cache
