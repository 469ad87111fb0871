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
MINUTES ?= 30

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
SOURCES := $(shell find ontology data shapes queries src/mesmart_kg \( -path '*/web/client' -o -path '*/web/static' \) -prune \
	-o -type f -not -name '*.pyc' -print 2>/dev/null)
CLIENT := src/mesmart_kg/web/client
ASSETS := src/mesmart_kg/web/static/assets.json
CLIENT_SOURCES := $(shell find $(CLIENT) src/mesmart_kg/web/templates -name node_modules -prune -o -type f -print 2>/dev/null)

.PHONY: help install serve build assets check test bench soak docs lock clean

help: ## show what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(VENV)/.runtime ## create .venv with what serving needs

serve: build assets ## build the release if the sources changed, then serve it on http://127.0.0.1:8010/
	$(BIN)/mesmart serve --host $(HOST) --port $(PORT)

build: releases/.built ## build the release if the sources changed

assets: $(ASSETS) ## make what pages carry to a browser: style, scripts, fonts, pictures

check: $(VENV)/.dev assets ## lint, types, architecture and the fast tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m pytest $(ON_ALL_CORES) -q -m "not slow"

test: $(VENV)/.dev $(VENV)/.clients assets ## all that CI runs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pytest $(ON_ALL_CORES)

# The tests of one file share their servers, so they stay together; files begin in the order of tests/conftest.py.
ON_ALL_CORES := -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder --durations 40 --durations-min 3

bench: $(VENV)/.bench assets ## measure the build, the server and its peers
	$(BIN)/python tests/benchmarks

soak: $(VENV)/.dev build assets ## put a server under mixed load for half an hour (MINUTES=30)
	$(BIN)/python tests/benchmarks/soak.py $(MINUTES)

docs: $(VENV)/.dev ## write docs/reference.md and the credits of the sources from code and data
	PYTHONPATH=tests $(BIN)/python tests/documents.py

lock: ## write requirements/*.txt anew from pyproject.toml; needs uv
	uv pip compile $(LOCK) pyproject.toml -o requirements/runtime.txt
	uv pip compile $(LOCK) -c requirements/runtime.txt --group build -o requirements/build.txt
	uv pip compile $(LOCK) -c requirements/runtime.txt pyproject.toml --group dev -o requirements/dev.txt
	uv pip compile $(LOCK) -c requirements/dev.txt --group bench -o requirements/bench.txt
	uv pip compile $(LOCK) --group node -o requirements/node.txt

LOCK := --quiet --universal --python-version 3.11 --generate-hashes --no-header

clean: ## remove what was made here, the environment and the releases included
	rm -rf $(VENV) $(CLIENT)/node_modules $(dir $(ASSETS)) releases .mesmart dist build .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
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

# Node from the machine if it is recent enough, else from PyPI.
$(VENV)/.node: requirements/node.txt | $(VENV)/.created
	@node -e 'process.exit(parseInt(process.versions.node) < 20)' 2>/dev/null && command -v npm >/dev/null || \
		$(PIP) install --require-hashes -r requirements/node.txt
	@touch $@

NPM_CI := PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --ignore-scripts --no-audit --no-fund --loglevel=error

$(CLIENT)/node_modules/.installed: $(CLIENT)/package-lock.json $(VENV)/.node
	@cd $(CLIENT) && $(NPM_CI)
	@touch $@

$(ASSETS): $(CLIENT)/node_modules/.installed $(CLIENT_SOURCES)
	@cd $(CLIENT) && PATH="$(CURDIR)/$(BIN):$$PATH" node build.mjs

# What tests drive: curl, a browser, OpenRefine, Virtuoso, and what deployment stands on (nginx, Apache, rsync, strace,
# systemd-analyze) from Debian where we may install them, Comunica and axe from npm.
# Without one of them its tests say so and skip; in CI they fail.
$(VENV)/.clients: tests/clients/package-lock.json $(VENV)/.node $(VENV)/.dev
	@for each in curl chromium openrefine rsync strace; do command -v $$each >/dev/null || missing="$$missing $$each"; done; \
	command -v virtuoso-t >/dev/null || missing="$$missing virtuoso-opensource-7-bin"; \
	command -v systemd-analyze >/dev/null || missing="$$missing systemd"; \
	for each in nginx:nginx-light apache2:apache2-bin; do \
		PATH="$$PATH:/usr/sbin" command -v $${each%:*} >/dev/null || missing="$$missing $${each#*:}"; done; \
	if [ -n "$$missing" ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	fi || echo "not installed:$$missing"
	@cd tests/clients && $(NPM_CI)
	@touch $@

$(VENV)/.bench: requirements/bench.txt $(VENV)/.dev
	$(PIP) install --require-hashes -r requirements/bench.txt
	@command -v wrk >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
		apt-get install -y -qq wrk >/dev/null; } || echo "wrk is missing (Debian: apt-get install wrk)"
	@touch $@

releases/.built: $(SOURCES) $(VENV)/.runtime
	$(BIN)/mesmart build
	@mkdir -p releases && touch $@
