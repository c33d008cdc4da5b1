# Debrief's commands. Each target is the real command; `make` alone lists them. They need Python 3.11 or newer and make;
# what else a target needs, it installs into .venv the first time.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PYTEST := $(BIN)/pytest -n auto --dist worksteal
# What is installed: the packages of the service, and those of the tests and checks.
SERVICE := $(VENV)/.service
DEVELOPMENT := $(VENV)/.development
INSTALL := PYTHON=$(PYTHON) requirements/install.sh
COMPILE := $(BIN)/uv pip compile --quiet --python-version 3.11 --universal --generate-hashes --no-emit-index-url --no-header

# Tests start many processes of Python: each would compile everything again.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help setup run demo test test-all test-rest reidentification reidentification-long coverage check check-fast \
	contract fuzz format openapi release lock drill bench client hooks clean

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-22s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

run: $(SERVICE) ## Serve on http://127.0.0.1:8000, with data in ./data
	$(BIN)/debrief serve

demo: $(SERVICE) ## Serve on fresh data and play a story on it; EXIT=1 ends after the story
	@echo "Starting a fresh service; the story begins in a few seconds."
	@$(BIN)/debrief demo $(if $(EXIT),--exit)

test: $(DEVELOPMENT) ## Run the tests, on SQLite and PostgreSQL
	$(PYTEST)

test-all: test test-rest ## Run the tests, and then all that takes longer

# Ends with tests, so that the closing line of the last run is the last line that one reads.
test-rest: $(DEVELOPMENT) $(VENV)/contract/.ready client/contract/node_modules/.ready ## Run only what takes longer: re-identification, fuzz, generated clients
	$(MAKE) reidentification-long
	$(MAKE) fuzz
	$(PYTEST) -m long

# Who wrote what, to an adversary with every dump and every log: at n people, better than 1 in n? Part of `test`, too.
reidentification: $(DEVELOPMENT) ## Run the re-identification tests of `make test` alone
	$(PYTEST) tests/reidentification

reidentification-long: $(DEVELOPMENT) ## The same matches with ROUNDS rounds of each kind (200)
	$(BIN)/python -m tests.reidentification --rounds $(or $(ROUNDS),200) --n 3 5 2 8 --database sqlite postgresql --mode sealed blind
	$(BIN)/python -m tests.reidentification --rounds $(or $(ROUNDS),200) --n 3 5 2 8 --database sqlite postgresql --links team

coverage: $(DEVELOPMENT) ## Run the tests and write which lines they reach, in htmlcov/index.html
	$(PYTEST) --cov=app --cov-report=term:skip-covered --cov-report=html

check: check-fast ## Check format, lint, layers, dependencies, types, and that the API's contract is current
	$(BIN)/mypy
	$(BIN)/debrief openapi --check

check-fast: $(DEVELOPMENT) ## The part of `check` that takes seconds; `make hooks` runs it at each commit
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/lint-imports
	$(BIN)/deptry app

format: $(DEVELOPMENT) ## Format the code, and mend what the linter can mend
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

# The contract, and the catalogue of errors: both are written from the code.
openapi: $(DEVELOPMENT) ## Write openapi/openapi.json and docs/errors.md from the code
	$(BIN)/debrief openapi
	$(BIN)/python -m tests.contract.catalogue
	$(BIN)/python -m tests.contract.guide
	$(BIN)/python -m tests.house.states

contract: $(DEVELOPMENT) client/contract/node_modules/.ready ## Lint the contract, and compare it with the last released one; needs npm
	cd client/contract && npm run --silent lint
	$(BIN)/python -m tests.contract.released

# Calls of the whole API that are made up from the contract, with a new seed each time.
fuzz: $(DEVELOPMENT) ## Call the whole API with CASES made-up requests (10000); SEED repeats a run
	$(BIN)/python -m tests.contract --cases $(or $(CASES),10000) $(if $(SEED),--seed $(SEED))

release: $(DEVELOPMENT) ## Keep today's contract as the one that was released with this version
	$(BIN)/python -m tests.contract.released --keep

lock: $(DEVELOPMENT) ## Pin the packages of pyproject.toml anew, with hashes; UPGRADE=1 takes newer versions
	$(COMPILE) $(if $(UPGRADE),--upgrade) pyproject.toml -o requirements/run.txt
	$(COMPILE) $(if $(UPGRADE),--upgrade) pyproject.toml --extra dev --extra e2e --extra lint -o requirements/dev.txt
	echo 'hatchling>=1.27' | $(COMPILE) $(if $(UPGRADE),--upgrade) - -o requirements/build.txt
	echo 'uv>=0.11' | $(COMPILE) $(if $(UPGRADE),--upgrade) - -o requirements/uv.txt
	printf 'openapi-python-client>=0.29.1,<0.30\nopenapi-generator-cli>=7.26,<8\n' | $(COMPILE) $(if $(UPGRADE),--upgrade) - -o requirements/contract.txt

drill: $(DEVELOPMENT) ## Replace PostgreSQL's primary in the middle of the demo; POOLER=1: behind pgbouncer
	$(BIN)/python -m tests.failover $(if $(POOLER),--pooler)

bench: $(DEVELOPMENT) ## Measure ratios that a change may not make worse; TIMES=1 adds times
	$(BIN)/python -m bench $(if $(TIMES),--times)

client: ## Build the browser's part of blind rounds, which is checked in; needs npm
	cd client && npm ci --ignore-scripts && npm run build

hooks: $(DEVELOPMENT) ## Run `make check-fast` at each commit
	$(BIN)/pre-commit install

setup: $(DEVELOPMENT) ## Install everything for development into .venv

clean: ## Remove .venv and whatever else was installed or cached
	rm -rf $(VENV) client/node_modules client/contract/node_modules dist htmlcov .coverage .mypy_cache .pytest_cache \
		.ruff_cache .hypothesis .import_linter_cache

$(SERVICE): requirements/install.sh requirements/uv.txt requirements/build.txt requirements/run.txt pyproject.toml
	@echo "Installing what the service needs into $(VENV), once: about 15 seconds, or a minute where pip has to do it."
	@$(INSTALL) $(VENV) --require-hashes -r requirements/run.txt -r requirements/build.txt
	@$(INSTALL) $(VENV) --no-deps --no-build-isolation -e .
	@touch $@

$(DEVELOPMENT): requirements/dev.txt $(SERVICE)
	@echo "Installing what tests and checks need into $(VENV), once: about 20 seconds, or two minutes where pip has to do it."
	@$(INSTALL) $(VENV) --require-hashes -r requirements/dev.txt
	@touch $@

# What generates a client pins other versions of what we use ourselves, so it has an environment of its own.
$(VENV)/contract/.ready: requirements/contract.txt | $(DEVELOPMENT)
	@echo "Installing what generates a client in Python, once: about 20 seconds."
	@$(INSTALL) $(VENV)/contract --require-hashes -r requirements/contract.txt
	@touch $@

client/contract/node_modules/.ready: client/contract/package-lock.json
	@echo "Installing what reads the contract and generates a client in TypeScript, once: about a minute."
	cd client/contract && npm ci --ignore-scripts
	@touch $@
