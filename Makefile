# What a person types here: `make serve` to see it run, `make test` to know that it works.
#
# Needs Python 3.11 or later with venv, and make. Packages come from requirements/*.txt, versions and hashes fixed;
# stamp files in .venv make a second run install nothing.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

# The newest Python that really runs (a shim may stand where no Python is), or the one you name: make PYTHON=…
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	"$$p" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && { echo "$$p"; break; }; done)
HOST ?= 127.0.0.1
PORT ?= 8010

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
SOURCES := $(shell find ontology data shapes queries src/mesmart_kg -type f -not -name '*.pyc' 2>/dev/null)

.PHONY: help install serve build check test bench docs lock clean

help: ## show what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(VENV)/.runtime ## create .venv with what serving needs

serve: build ## build the release if the sources changed, then serve it on http://127.0.0.1:8010/
	$(BIN)/mesmart serve --host $(HOST) --port $(PORT)

build: releases/.built ## build the release if the sources changed

check: $(VENV)/.dev ## lint, types, architecture and the fast tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m pytest -q -m "not slow"

test: $(VENV)/.dev ## all that CI runs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m pytest

bench: $(VENV)/.dev ## measure the build, the start of the server and every query
	$(BIN)/python tests/benchmarks

docs: $(VENV)/.dev ## write docs/reference.md and the credits of the sources from code and data
	PYTHONPATH=tests $(BIN)/python tests/documents.py

lock: ## write requirements/*.txt anew from pyproject.toml; needs uv
	uv pip compile $(LOCK) pyproject.toml -o requirements/runtime.txt
	uv pip compile $(LOCK) -c requirements/runtime.txt --group build -o requirements/build.txt
	uv pip compile $(LOCK) -c requirements/runtime.txt pyproject.toml --group dev -o requirements/dev.txt

LOCK := --quiet --universal --python-version 3.11 --generate-hashes --no-header

clean: ## remove what was made here, the environment and the releases included
	rm -rf $(VENV) releases dist build .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find src tests -name __pycache__ -prune -exec rm -rf {} +

$(VENV)/.created:
	@test -n "$(PYTHON)" || { echo "No Python from 3.11 to 3.13 with venv was found (Debian: apt-get install python3-venv)."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.runtime: requirements/runtime.txt requirements/build.txt pyproject.toml | $(VENV)/.created
	$(PIP) install --require-hashes -r requirements/runtime.txt -r requirements/build.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.runtime
	$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@

releases/.built: $(SOURCES) $(VENV)/.runtime
	$(BIN)/mesmart build
	@mkdir -p releases && touch $@
