# Needs Python 3.11 or newer (with venv) and make; everything else is installed into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ENV := PIP_DISABLE_PIP_VERSION_CHECK=1

# The versions that a clone is set up with, so that no release of a tool breaks it; `make lock` renews them.
LOCK := requirements-dev.lock
PIP := $(ENV) $(BIN)/python -m pip install --quiet --constraint $(LOCK)

.PHONY: demo test lint types tokens unit pictures charts bench docs format reference packages lock clean

## demo: import examples/shopify-orders.csv into the embedded sandbox through a real MCP client
demo: $(VENV)/.installed
	$(BIN)/preo-mcp demo

## test: lint (with the contracts between rooms), types, token figures, tests
test: lint types tokens unit

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache

types: $(VENV)/.installed-dev
	$(BIN)/pyright

tokens: $(VENV)/.installed-dev
	$(BIN)/python -m benchmarks --only tokens

unit: $(VENV)/.installed-dev
	$(BIN)/pytest -n auto

## pictures: take pictures of every kind of question and every report in every state, into build/pictures, and those of the documents anew
pictures: $(VENV)/.installed-dev
	$(BIN)/python -m tests.approval.ways.pictures build/pictures
	$(BIN)/python -m tests.reports.pictures build/pictures
	$(BIN)/python -m docs.run_picture

## charts: fetch the chart library of the reports from npm anew, as tests/reports/chart_library.py pins it
charts: $(VENV)/.installed-dev
	$(BIN)/python -m tests.reports.chart_library

## bench: start-up, calls and tokens, each beside its baseline
bench: $(VENV)/.installed-dev
	$(BIN)/python -m benchmarks

## docs: the documents as a site, into build/site; a link or an anchor that leads nowhere ends it
docs: $(VENV)/.installed-dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

format: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

## reference: write anew what is generated from the code: tools.json, references of docs/, bundles/, the README's links
reference: $(VENV)/.installed-dev
	$(BIN)/python -m docs.generate
	$(BIN)/python -m bundles.generate

## packages: the wheel, the MCPB bundle and the Claude Code plugin into dist/, each started as its host would
packages: $(VENV)/.installed-dev
	$(PIP) uv
	$(BIN)/python -m bundles.build
	TESTS_NEED_INDEX=1 $(BIN)/pytest -q tests/bundles

## lock: renew the versions that a clone is set up with, from a fresh environment without the present ones
lock:
	rm -rf build/lock
	$(PYTHON) -m venv build/lock
	$(ENV) build/lock/bin/python -m pip install --quiet --upgrade "pip>=25.1"
	$(ENV) build/lock/bin/python -m pip install --quiet --editable ".[sandbox]" --group dev
	echo "# Written by make lock; the bounds are in pyproject.toml." > $(LOCK)
	$(ENV) build/lock/bin/python -m pip freeze --exclude-editable >> $(LOCK)
	rm -rf build/lock

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis

$(VENV)/.installed: pyproject.toml $(LOCK)
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(ENV) $(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(PIP) --editable ".[sandbox]"
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(PIP) --group dev
	touch $@
