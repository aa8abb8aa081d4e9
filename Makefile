# Needs Python 3.11 or newer (with venv) and make; everything else is installed into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ENV := PIP_DISABLE_PIP_VERSION_CHECK=1

.PHONY: demo test lint types tokens unit bench format clean

## demo: import examples/shopify-orders.csv into the embedded sandbox through a real MCP client
demo: $(VENV)/.installed
	$(BIN)/preo-mcp demo

## test: lint, types, token figures, tests
test: lint types tokens unit

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed-dev
	$(BIN)/pyright

tokens: $(VENV)/.installed-dev
	$(BIN)/python -m benchmarks --only tokens

unit: $(VENV)/.installed-dev
	$(BIN)/pytest -n auto

## bench: start-up, calls and tokens, each beside its baseline
bench: $(VENV)/.installed-dev
	$(BIN)/python -m benchmarks

format: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis

$(VENV)/.installed: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(ENV) $(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(ENV) $(BIN)/python -m pip install --quiet --editable ".[sandbox]"
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(ENV) $(BIN)/python -m pip install --quiet --group dev
	touch $@
