# Two commands for a newcomer: `make demo` and `make test`. Both work on a fresh clone.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed
PEERS := $(VENV)/peers
SCENARIO ?= scenarios/havana.yaml
DATA ?= ../shared/data

.PHONY: demo test test-slow lint lock schema example validation bench bench-quick bench-report bench-sweeps clean

demo: $(STAMP)
	$(BIN)/sim check seeds scenarios
	run=$$($(BIN)/sim run $(SCENARIO)) && $(BIN)/sim plot "$$run"

test: $(STAMP)
	$(BIN)/python -m pytest -n 2

test-slow: $(STAMP)
	$(BIN)/python -m pytest -m slow

lint: $(STAMP)
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

# Public data sets are a user's own; scikit-learn is in the extra `validate`.
validation: $(STAMP)
	$(BIN)/sim validate all --data $(DATA) --report docs/validation.md

bench: $(PEERS)
	$(BIN)/python -m benchmarks.run

bench-quick: $(PEERS)
	$(BIN)/python -m benchmarks.run --quick

bench-report: $(PEERS)
	$(BIN)/python -m benchmarks.run --report

bench-sweeps: $(STAMP)
	$(BIN)/python -m benchmarks.sweeps

# Needs pip-tools; writes versions and hashes, and no address of any registry.
lock:
	pip-compile --generate-hashes --strip-extras --extra dev --no-emit-index-url --no-emit-find-links \
	  --no-header --output-file requirements.txt pyproject.toml

$(PEERS): $(STAMP)
	$(BIN)/python -m pip install --quiet --no-build-isolation -e '.[bench]'
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
