# Thin on purpose: each target is one line of the real command. `make setup` needs python3 and make, and nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: setup run demo test game game-long check contract fuzz format openapi bench client clean

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
	$(BIN)/pytest -q -n auto --dist worksteal

# Who wrote what, to an adversary with every dump and every log: at n people, better than 1 in n? Part of `test`, too.
game: $(READY)
	$(BIN)/pytest -q -n auto tests/game

# The same with 2,000 rounds of each kind; prints a table as its rows come.
game-long: $(READY)
	$(BIN)/python -m tests.game --rounds 2000 --n 3 5 2 8 --database sqlite postgresql --mode sealed blind
	$(BIN)/python -m tests.game --rounds 2000 --n 3 5 2 8 --database sqlite postgresql --links team

check: $(READY)
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry app
	$(BIN)/debrief openapi --check

# The contract as others see it: read by a linter, and compared with that of the last tag. What it installs is also what
# the tests generate clients with. Needs node and npm.
contract: $(READY) $(VENV)/contract/.ready client/contract/node_modules/.ready
	cd client/contract && npm run --silent lint
	$(BIN)/python -m tests.contract.released

# What generates a client pins other versions of what we use ourselves, so it has an environment of its own.
$(VENV)/contract/.ready: requirements/contract.txt | $(READY)
	$(PYTHON) -m venv $(VENV)/contract
	$(VENV)/contract/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/contract.txt
	touch $@

client/contract/node_modules/.ready: client/contract/package-lock.json
	cd client/contract && npm ci --ignore-scripts
	touch $@

# Calls of the whole API that are made up from the contract, with a new seed each time.
fuzz: $(READY)
	$(BIN)/python -m tests.contract --cases $(or $(CASES),10000) $(if $(SEED),--seed $(SEED))

format: $(READY)
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

# The contract, and the catalogue of errors: both are written from the code.
openapi: $(READY)
	$(BIN)/debrief openapi
	$(BIN)/python -m tests.contract.catalogue

bench: $(READY)
	$(BIN)/python -m bench $(if $(TIMES),--times)

# Needs node and npm. What it writes is checked in, so that nobody else does.
client:
	cd client && npm ci --ignore-scripts && npm run build

clean:
	rm -rf $(VENV) client/node_modules client/contract/node_modules dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
