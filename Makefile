# `make` alone prints this help.
SHELL := /bin/bash
VENV := .venv
PY := $(VENV)/bin/python
HEADLESS ?=
# Where the demonstration keeps its posts: sqlite or elasticsearch.
STORE ?= sqlite
DEMO_sqlite := pipeline.demo
DEMO_elasticsearch := tests.elasticsearch.demo

.PHONY: help setup demo test check bench clean

help: ## print this help
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(VENV)/installed: setup.cfg pyproject.toml
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Shian needs Python 3.11 or newer as python3" >&2; exit 1; }
	@test -x $(PY) || python3 -m venv $(VENV)
	@echo "installing (once, about a minute) ..." >&2
	@$(PY) -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/tested: $(VENV)/installed
	@$(PY) -m pip install --quiet --disable-pip-version-check -e '.[test]'
	@touch $@

setup: $(VENV)/installed ## make .venv with shian in .venv/bin

demo: $(VENV)/installed ## run the desk on the example site; HEADLESS=1 prints its alerts and ends; STORE=elasticsearch keeps them there
	$(if $(DEMO_$(STORE)),,$(error STORE=$(STORE): there are sqlite and elasticsearch))
	@# Its invented posts go to a store of their own, whatever the shell says of yours.
	@exec env -u SHIAN_STORE_URL $(PY) -m $(DEMO_$(STORE)) $(if $(HEADLESS),--headless)

test: $(VENV)/tested ## run the whole test suite
	@bash tests/system.sh
	@$(PY) -m pytest -n 2 --dist loadfile

check: $(VENV)/tested ## formatting, lint, types, imports, configuration
	@$(VENV)/bin/ruff format --config .ci/ruff.toml --check .
	@$(VENV)/bin/ruff check --config .ci/ruff.toml .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports
	@$(VENV)/bin/shian check

bench: $(VENV)/tested ## measure posts/s beside the usual stack, then crawls of 500 hosts; STORE=elasticsearch compares the stores; BENCH_JSON, FARM_JSON=FILE keep the figures
	@$(PY) -m tests.bench$(if $(filter elasticsearch,$(STORE)),.stores)
	@$(if $(filter elasticsearch,$(STORE)),,$(PY) -m tests.bench.farm)

clean: ## remove what make made
	rm -rf $(VENV) .demo .elasticsearch build *.egg-info
