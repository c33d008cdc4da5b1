# Thin on purpose: each target is one line of the real command. `make setup` needs python3 and make, and nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: setup run demo test check format openapi bench clean

setup: $(READY)

$(READY): requirements/dev.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $(READY)

run: $(READY)
	$(BIN)/debrief serve

demo: $(READY)
	$(BIN)/debrief demo $(if $(EXIT),--exit)

test: $(READY)
	$(BIN)/pytest -q -n auto

check: $(READY)
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry app
	$(BIN)/debrief openapi --check

format: $(READY)
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

openapi: $(READY)
	$(BIN)/debrief openapi

bench: $(READY)
	$(BIN)/python -m bench

clean:
	rm -rf $(VENV) dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
