# Commands for working on Debrief; `make` alone lists them. They need Python 3.11 or newer and make. A target installs
# everything else that it needs into .venv the first time.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PYTEST := $(BIN)/pytest -n auto --dist worksteal
# Stamp files: the packages of the service, and those of the tests and checks, are installed.
SERVICE := $(VENV)/.service
DEVELOPMENT := $(VENV)/.development
INSTALL := PYTHON=$(PYTHON) requirements/install.sh
COMPILE := $(BIN)/uv pip compile --quiet --python-version 3.11 --universal --generate-hashes --no-emit-index-url --no-header

# Tests start many processes of Python: each would compile everything again.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help setup run demo test test-all test-rest reidentification reidentification-long coverage check check-fast \
	contract contract-clients fuzz format openapi release lock drill bench client hooks clean

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-22s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

run: $(SERVICE) ## Serve on http://127.0.0.1:8000, with data in ./data
	$(BIN)/debrief serve

demo: $(SERVICE) ## Serve on fresh data and play a story on it; EXIT=1 ends after the story
	@echo "Starting a fresh service; the story begins in a few seconds."
	@$(BIN)/debrief demo $(if $(EXIT),--exit)

test: $(DEVELOPMENT) ## Run the tests, on SQLite and PostgreSQL
	$(PYTEST)

test-all: test test-rest ## Run the tests, then everything that takes longer

# Tests come last, so that their summary is the last line.
test-rest: $(DEVELOPMENT) $(VENV)/contract/.ready client/contract/node_modules/.ready ## Run what `test` leaves out: long re-identification, fuzz, generated clients
	$(MAKE) reidentification-long
	$(MAKE) fuzz
	$(PYTEST) -m long

# Can an adversary with every dump and every log pair answers with people better than by guessing? Part of `test`, too.
reidentification: $(DEVELOPMENT) ## Run only the re-identification tests of `make test`
	$(PYTEST) tests/reidentification

reidentification-long: $(DEVELOPMENT) ## Run the same matches with ROUNDS rounds of each kind (200)
	$(BIN)/python -m tests.reidentification --rounds $(or $(ROUNDS),200) --n 3 5 2 8 --database sqlite postgresql --mode sealed blind
	$(BIN)/python -m tests.reidentification --rounds $(or $(ROUNDS),200) --n 3 5 2 8 --database sqlite postgresql --links team

coverage: $(DEVELOPMENT) ## Run the tests and write a coverage report to htmlcov/index.html
	$(PYTEST) --cov=app --cov-report=term:skip-covered --cov-report=html

check: check-fast ## Check format, lint, layers, dependencies, types, and the API's contract
	$(BIN)/mypy
	$(BIN)/debrief openapi --check

check-fast: $(DEVELOPMENT) ## Run the fast part of `check`; `make hooks` does so at each commit
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/lint-imports
	$(BIN)/deptry app

format: $(DEVELOPMENT) ## Format the code, and fix what the linter can fix
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

# The contract, the catalogue of errors and the served guide are generated.
openapi: $(DEVELOPMENT) ## Write openapi/openapi.json, docs/errors.md and the served guide
	$(BIN)/debrief openapi
	$(BIN)/python -m tests.contract.catalogue
	$(BIN)/python -m tests.contract.guide
	$(BIN)/python -m tests.house.states

contract: $(DEVELOPMENT) client/contract/node_modules/.ready ## Lint the contract and compare it with the last released one; needs npm
	cd client/contract && npm run --silent lint
	$(BIN)/python -m tests.contract.released

contract-clients: $(DEVELOPMENT) $(VENV)/contract/.ready client/contract/node_modules/.ready ## Use generated clients, and install as the image does; needs npm and Java
	$(PYTEST) -m long tests/contract tests/house

# Random requests generated from the contract, with a new seed each time.
fuzz: $(DEVELOPMENT) ## Send CASES random requests to the whole API (10000); SEED repeats a run
	$(BIN)/python -m tests.contract --cases $(or $(CASES),10000) $(if $(SEED),--seed $(SEED))

release: $(DEVELOPMENT) ## Keep the current contract as the released one of this version
	$(BIN)/python -m tests.contract.released --keep

lock: $(DEVELOPMENT) ## Pin the packages of pyproject.toml with hashes; UPGRADE=1 takes newer versions
	$(COMPILE) $(if $(UPGRADE),--upgrade) pyproject.toml -o requirements/run.txt
	$(COMPILE) $(if $(UPGRADE),--upgrade) pyproject.toml --extra dev --extra e2e --extra lint -o requirements/dev.txt
	echo 'hatchling>=1.27' | $(COMPILE) $(if $(UPGRADE),--upgrade) - -o requirements/build.txt
	echo 'uv>=0.11' | $(COMPILE) $(if $(UPGRADE),--upgrade) - -o requirements/uv.txt
	printf 'openapi-python-client>=0.29.1,<0.30\nopenapi-generator-cli>=7.26,<8\n' | $(COMPILE) $(if $(UPGRADE),--upgrade) - -o requirements/contract.txt

drill: $(DEVELOPMENT) ## Replace PostgreSQL's primary during the demo; POOLER=1 puts pgbouncer in front
	$(BIN)/python -m tests.failover $(if $(POOLER),--pooler)

bench: $(DEVELOPMENT) ## Measure speed as ratios to a bare server; TIMES=1 adds timing tests
	$(BIN)/python -m bench $(if $(TIMES),--times)

client: ## Build the browser part of blind rounds and copy Swagger UI, both checked in; needs npm
	cd client && npm ci --ignore-scripts && npm run build

hooks: $(DEVELOPMENT) ## Run `make check-fast` at each commit
	$(BIN)/pre-commit install

setup: $(DEVELOPMENT) ## Install everything for development into .venv

clean: ## Remove .venv, other installed packages and caches
	rm -rf $(VENV) client/node_modules client/contract/node_modules dist htmlcov .coverage .mypy_cache .pytest_cache \
		.ruff_cache .hypothesis .import_linter_cache

$(SERVICE): requirements/install.sh requirements/uv.txt requirements/build.txt requirements/run.txt pyproject.toml
	@echo "Installing what the service needs into $(VENV), once: about 15 seconds, or a minute if uv is not available."
	@$(INSTALL) $(VENV) --require-hashes -r requirements/run.txt -r requirements/build.txt
	@$(INSTALL) $(VENV) --no-deps --no-build-isolation -e .
	@touch $@

$(DEVELOPMENT): requirements/dev.txt $(SERVICE)
	@echo "Installing what tests and checks need into $(VENV), once: about 20 seconds, or two minutes if uv is not available."
	@$(INSTALL) $(VENV) --require-hashes -r requirements/dev.txt
	@touch $@

# The client generators pin other versions of our own packages, so they get a separate environment.
$(VENV)/contract/.ready: requirements/contract.txt | $(DEVELOPMENT)
	@echo "Installing the client generators for Python, once: about 20 seconds."
	@$(INSTALL) $(VENV)/contract --require-hashes -r requirements/contract.txt
	@touch $@

client/contract/node_modules/.ready: client/contract/package-lock.json
	@echo "Installing the contract linter and the TypeScript generators, once: about a minute."
	cd client/contract && npm ci --ignore-scripts
	@touch $@
