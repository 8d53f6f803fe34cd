# Two commands for a newcomer: `make demo` and `make test`. Both work on a fresh clone.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed
TOOLS := $(VENV)/tools
PEERS := $(VENV)/peers
SCENARIO ?= scenarios/havana.yaml
DATA ?= ../shared/data

.PHONY: demo test test-slow lint lock schema example validation bench bench-quick bench-report bench-sweeps clean

demo: $(STAMP)
	$(BIN)/sim check seeds scenarios
	run=$$($(BIN)/sim run $(SCENARIO)) && $(BIN)/sim plot "$$run"

test: $(TOOLS)
	$(BIN)/python -m pytest -n 2

test-slow: $(TOOLS)
	$(BIN)/python -m pytest -m slow

lint: $(TOOLS)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

schema: $(STAMP)
	$(BIN)/sim schema > scenarios/scenario.schema.json

example: $(STAMP)
	rm -rf results/example
	run=$$($(BIN)/sim run $(SCENARIO) --replicas 100 --out results/example) && $(BIN)/sim plot "$$run" && \
	  cp "$$run"/pictures/contrasts.png docs/images/havana.png

# Public data sets are a user's own; scikit-learn is among the developers' tools.
validation: $(TOOLS)
	$(BIN)/sim validate all --data $(DATA) --report docs/validation.md

bench: $(PEERS)
	$(BIN)/python -m benchmarks.run

bench-quick: $(PEERS)
	$(BIN)/python -m benchmarks.run --quick

bench-report: $(PEERS)
	$(BIN)/python -m benchmarks.run --report

bench-sweeps: $(TOOLS)
	$(BIN)/python -m benchmarks.sweeps

# Needs pip-tools; writes versions and hashes, and no address of any registry. Users' versions are the developers'.
PIN := pip-compile --generate-hashes --strip-extras --no-emit-index-url --no-emit-find-links --no-header
lock:
	$(PIN) --extra build --extra dev --output-file requirements-dev.txt pyproject.toml
	$(PIN) --extra build --constraint requirements-dev.txt --output-file requirements.txt pyproject.toml

$(PEERS): $(TOOLS)
	$(BIN)/python -m pip install --quiet --no-build-isolation -e '.[bench]'
	touch $@

$(TOOLS): requirements-dev.txt $(STAMP)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.txt
	touch $@

$(STAMP): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 12))' || { \
	  echo "Blocshift needs Python 3.12 or later; '$(PYTHON)' is $$($(PYTHON) --version 2>&1)." >&2; \
	  echo "Name another with: make PYTHON=python3.13 $(MAKECMDGOALS)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

clean:
	rm -rf $(VENV) results/*/ .pytest_cache .mypy_cache .ruff_cache .hypothesis
